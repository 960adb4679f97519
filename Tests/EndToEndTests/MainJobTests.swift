import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct MainJobTests {
  @Test func aJobRunsOnTheCommitThatItsRefNames() async throws {
    try await Stack.with { stack in
      let job = try await stack.submit(
        ["--repo", "on-prem:team/app.git", "--ref", "main"],
        command: ["sh", "-c", "cat module-1/part-1/file-1.txt; echo warning >&2; exit 0"])
      #expect(job.result.status == 0)
      #expect(job.result.text == "module 1, part 1, file 1\n")
      #expect(job.result.errorText.contains("warning\n"))

      let shown = try await stack.show(job.id)
      #expect(shown.state == "succeeded")
      #expect(shown.commit == (try await stack.git("rev-parse", "main")))
      #expect(shown.relayBytesToWorker > 0)
      #expect(shown.logState == "complete")
    }
  }

  @Test func aFailingCommandsExitCodeIsTheFollowersExitCode() async throws {
    try await Stack.with { stack in
      let job = try await stack.submit([], command: ["sh", "-c", "exit 42"])
      #expect(job.result.status == 42)
      #expect(try await stack.show(job.id).state == "failed")
    }
  }
}
