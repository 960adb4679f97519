import FoundationEssentials
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct GatewayCrashTests {
  @Test func aJobOutlivesTheGatewayAndItsLogIsWhole() async throws {
    try await Stack.with { stack in
      let started = try Signal(in: stack.data)
      let runs = "\(stack.data)/runs"
      let job = try await stack.submitWithoutFollowing(
        [],
        command: [
          "sh", "-c",
          """
          echo run >> \(runs)
          for i in $(seq 1 2000); do
            echo "line $i"
            [ $i -eq 200 ] && echo now > \(started.path)
            [ $((i % 100)) -eq 0 ] && sleep 0.2
          done
          exit 7
          """,
        ])
      _ = try await started.received(using: stack.executables)
      try await stack.kill(try await stack.gateway)
      try await stack.startGatewayAgain()

      let log = try await stack.sallyport("job", "logs", "--follow", "--stream", "stdout", job)
      #expect(log.text == (1...2_000).map { "line \($0)\n" }.joined())
      let shown = try await stack.show(job)
      #expect(shown.state == "failed")
      #expect(shown.exitCode == 7)
      #expect(shown.logState == "complete")
      #expect(shown.epoch == 1)
      #expect(try String(contentsOfFile: runs, encoding: .utf8) == "run\n")
    }
  }
}
