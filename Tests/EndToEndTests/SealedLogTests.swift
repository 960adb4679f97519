import FoundationEssentials
import Testing

/// Logs that only the customer can read, through real processes.
@Suite(.serialized, .timeLimit(.minutes(4))) struct SealedLogTests {
  /// A stack whose workers seal their logs.
  ///
  /// - Parameter body: Given the file of the reader's private key.
  private static func withReader(
    _ body: @escaping @Sendable (Stack, _ reader: String) async throws -> Void
  ) async throws {
    try await TemporaryFolder.with { folder in
      let reader = "\(folder)/reader"
      let made = try await Executables().run("sallyport", ["sealing-key", "create", reader])
      try #require(made.status == 0, "\(made.errorText)")
      let environment = ["SALLYPORT_WORKER_LOGS_SEAL_TO": "\(reader).pub"]
      try await Stack.with(environment: environment, store: .plain) { try await body($0, reader) }
    }
  }

  /// The needles that are in any file of the gateway: database, WAL, temporary files.
  private func found(_ needles: [String], at stack: Stack) throws -> Set<String> {
    let folder = "\(stack.data)/gateway"
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
    #expect(names.contains("gateway.db"))
    var found: Set<String> = []
    for name in names {
      for needle in try ByteSearch.found(needles.map { Array($0.utf8) }, in: "\(folder)/\(name)") {
        found.insert(String(decoding: needle, as: UTF8.self))
      }
    }
    return found
  }

  @Test func aThiefFindsNothingOfALogAndItsReaderAll() async throws {
    try await Self.withReader { stack, reader in
      let job = try await stack.submit(
        [],
        command: [
          "sh", "-c", "echo canary-$((1000 + 234)); echo canary-$((5000 + 678)) >&2; exit 7",
        ])
      let canaries = ["canary-1234", "canary-5678"]
      for canary in canaries {
        #expect(job.result.text.contains(canary) == false)
        #expect(job.result.errorText.contains(canary) == false)
      }
      // The job's id shows that the search finds what is there.
      #expect(try found(canaries + [job.id], at: stack) == [job.id])

      let shown = try await stack.show(job.id)
      #expect(shown.state == "failed" && shown.exitCode == 7 && shown.logState == "complete")
      // When it ran is not sealed.
      let (started, finished) = (try #require(shown.startedAt), try #require(shown.finishedAt))
      #expect(started.hasPrefix("20") && started <= finished, "\(started) \(finished)")
      #expect(shown.attempts?.map(\.outcome) == ["failed"])
      let closed = try await stack.sallyport("job", "logs", job.id)
      #expect(closed.status == 0 && closed.text.isEmpty)
      #expect(closed.errorText.contains("the log is sealed to key"))
      let opened = try await stack.sallyport("job", "logs", "--identity", reader, job.id)
      #expect(opened.status == 0, "\(opened.errorText)")
      #expect(opened.text == "canary-1234\n")
      #expect(opened.errorText.contains("canary-5678\n"))
      #expect(opened.errorText.contains("warning") == false)
    }
  }

  /// The job goes on only once its reader has read its first line.
  @Test func aSealedLogIsFollowedWhileItIsWritten() async throws {
    try await Self.withReader { stack, reader in
      let pipe = "\(stack.data)/go"
      try await stack.mustRun("mkfifo", [pipe])
      let job = try await stack.submitWithoutFollowing(
        [], command: ["sh", "-c", "echo first; read word < \(pipe); echo second: $word"])
      let endpoints = await stack.endpoints
      let followed = try await stack.executables.run(
        "/usr/bin/bash",
        [
          "-c",
          #""$1" job logs -f --identity "$2" --stream stdout "$3" "#
            + #"| { IFS= read -r line; echo "$line"; echo go > "$4"; cat; }"#,
          "bash", "\(stack.executables.folder)/sallyport", reader, job, pipe,
        ],
        environment: [
          "SALLYPORT_OPERATOR_DIR": endpoints.operatorDirectory,
          "SALLYPORT_OPERATOR_GATEWAY_ENDPOINT": endpoints.operatorAPI,
        ])
      #expect(followed.text == "first\nsecond: go\n", "\(followed.errorText)")
    }
  }

  @Test func aSealedLogSurvivesAGatewayThatIsKilled() async throws {
    try await Self.withReader { stack, reader in
      let started = try Signal(in: stack.data)
      let job = try await stack.submitWithoutFollowing(
        [],
        command: [
          "sh", "-c",
          """
          for i in $(seq 1 2000); do
            echo "line $i"
            [ $i -eq 200 ] && echo now > \(started.path)
            [ $((i % 100)) -eq 0 ] && sleep 0.2
          done
          """,
        ])
      async let live = stack.sallyport(
        "job", "logs", "-f", "--identity", reader, "--stream", "stdout", job)
      _ = try await started.received(using: stack.executables)
      try await stack.kill(try await stack.gateway)
      try await stack.startGatewayAgain()
      let expected = (1...2_000).map { "line \($0)\n" }.joined()
      #expect(try await live.text == expected)
      let again = try await stack.sallyport(
        "job", "logs", "--identity", reader, "--stream", "stdout", job)
      #expect(again.text == expected)
      #expect(again.errorText.contains("warning") == false)
      #expect(try await stack.show(job).logState == "complete")
    }
  }

  @Test func aSealedLogSurvivesItsWorker() async throws {
    try await Self.withReader { stack, reader in
      let job = try await stack.submitWithoutFollowing(
        [], command: ["sh", "-c", "echo before; exec sleep 600"])
      #expect(try await stack.firstLine(of: job, identity: reader) == "before")
      try await stack.kill(try await stack.worker())
      try await stack.startWorkerAgain("worker-1")
      let log = try await stack.sallyport("job", "logs", "-f", "--identity", reader, job)
      #expect(log.status == 0, "\(log.errorText)")
      #expect(log.text == "before\n")
      #expect(log.errorText.contains("worker: "))
      #expect(log.errorText.contains("no sealed end") == false)
    }
  }
}
