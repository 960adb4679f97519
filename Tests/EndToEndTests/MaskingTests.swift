import FoundationEssentials
import Testing

/// What a job says must not be seen, on its way through a whole installation.
@Suite(.serialized, .timeLimit(.minutes(3))) struct MaskingTests {
  /// The value is made by the job: nothing else has it.
  private static let script = """
    value=$(od -An -v -N 18 -tx1 /dev/urandom | tr -d ' \\n')
    printf %s "$value" > "$1"
    echo "::add-mask::$value"
    echo "plain $value"
    printf 'user:%s@host' "$value" | base64 -w 0; echo
    echo "$value" >&2
    i=0; while [ $i -lt 20000 ]; do echo "line $i $value"; i=$((i + 1)); done
    """

  @Test func noByteOfItIsInAnyFileOfTheGatewayOrTheWorker() async throws {
    try await Stack.with(store: .plain) { stack in
      let file = "\(stack.data)/value"
      let job = try await stack.submit([], command: ["sh", "-c", Self.script, "sh", file])
      #expect(job.result.status == 0, "\(job.result.errorText)")
      let value = try Data(contentsOf: URL(filePath: file))
      #expect(value.count == 36)
      try FileManager.default.removeItem(atPath: file)

      let log = try await stack.sallyport("job", "logs", "--stream", "stdout", job.id)
      let lines = log.text.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.first == "plain ***")
      #expect(lines.count == 20_003)
      #expect(lines.dropFirst(2).first == "line 0 ***")
      #expect(!log.text.contains("add-mask"))

      let encoded = Data("user:".utf8) + value + Data("@host".utf8)
      let inside = Array(encoded.base64EncodedString().utf8)[8..<48]
      let data = stack.data
      let found = try ByteSearch.files(below: data, containing: [Array(value), Array(inside)])
      #expect(found == [])
      // Otherwise nothing would have been searched.
      #expect(try !ByteSearch.files(below: data, containing: [Array("line 7 ***".utf8)]).isEmpty)
    }
  }

  /// Begins on one stream and goes on on the other, at every byte; then a byte to each in turn.
  private static let alternating = """
    import os
    value = os.environ["TOKEN"].encode()
    for end in range(1, len(value)):
        for number, part in enumerate([value[:end], value[end:], b"\\n"]): os.write(1 + number % 2, part)
        for number, part in enumerate([value[:end], value[end:], b"\\n"]): os.write(2 - number % 2, part)
    for number, byte in enumerate(value): os.write(1 + number % 2, bytes([byte]))
    os.write(1, b"\\n")
    """

  /// One half to standard output, the other to standard error: masked where both are one stream, and
  /// otherwise in no piece of the log whole.
  @Test(arguments: [true, false]) func aSecretInTwoHalvesIsMaskedWhereStreamsAreMerged(
    merged: Bool
  ) async throws {
    let canary = Canary()
    try await SecretsCustomer.with { customer in
      try customer.write(canary.value, to: "value")
      var environment = try customer.secrets("  - {name: TOKEN, file: value, jobs: every}")
      environment["SALLYPORT_WORKER_LOGS_MERGE_STREAMS"] = "\(merged)"
      try await Stack.with(environment: environment, store: .plain) { stack in
        let job = try await stack.submit(
          ["--secret", "TOKEN"], command: ["/usr/bin/python3", "-c", Self.alternating])
        let lines = canary.value.utf8.count * 2 - 1
        if merged {
          #expect(job.result.status == 0, "\(job.result.errorText)")
          #expect(job.result.text == String(repeating: "***\n", count: lines))
        } else {
          // What the documentation says of it is true.
          #expect(job.result.text.contains(canary.value.prefix(20)))
        }
        #expect(try ByteSearch.files(below: stack.data, containing: canary.forms) == [])
        let shown = try await stack.executables.run(
          "/bin/sh",
          [
            "-c", #"exec "$@" 2>&1"#, "sh", "\(stack.executables.folder)/sallyport", "job", "logs",
            job.id,
          ],
          environment: await stack.environment())
        #expect(shown.text.isEmpty == false && shown.text.contains(canary.value) == false)
      }
    }
  }
}
