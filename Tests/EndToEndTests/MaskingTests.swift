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
}
