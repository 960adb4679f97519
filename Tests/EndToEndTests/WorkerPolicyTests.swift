import FoundationEssentials
import Testing

/// A worker whose customer has written down what it runs.
@Suite(.serialized, .timeLimit(.minutes(3))) struct WorkerPolicyTests {
  private static let rules = """
    version: 1
    rules:
      - name: from-main
        action: allow
        refs: [refs/heads/main]
        commands: [[cp, module-1/part-1/file-1.txt, "**"]]
    """

  @Test func itRunsWhatItsFileAllowsAndReadsItAgainAtSIGHUP() async throws {
    try await TemporaryFolder.with { folder in
      let file = URL(filePath: "\(folder)/policy.yaml")
      let write: @Sendable (String) throws -> Void = { try Data($0.utf8).write(to: file) }
      try write(Self.rules)
      let environment = ["SALLYPORT_WORKER_POLICY_FILE": file.path()]
      try await Stack.with(environment: environment) { stack in
        let mark = "\(stack.data)/mark"
        let main = ["--repo", "on-prem:team/app.git", "--ref", "main"]
        let copy = ["cp", "module-1/part-1/file-1.txt", mark]
        let allowed = try await stack.submit(main, command: copy)
        #expect(allowed.result.status == 0, "\(allowed.result.errorText)")
        #expect(FileManager.default.fileExists(atPath: mark))
        try FileManager.default.removeItem(atPath: mark)

        let denied = try await stack.submit(main, command: ["touch", mark])
        #expect(denied.result.status != 0)
        let job = try await stack.show(denied.id)
        #expect(job.reason == "denied by customer policy: default")
        #expect(job.commit == nil)

        let worker = try await stack.worker()
        let check: @Sendable () async throws -> CommandResult = {
          try await stack.executables.run(
            "sallyport-worker",
            ["run", "--check", "--config", "\(stack.data)/worker-1.yaml"], environment: environment)
        }
        // Beside the worker that runs.
        let ok = try await check()
        #expect(ok.status == 0 && ok.text == "ok\n", "\(ok.errorText)")

        try write("version: 1\nrules:\n  - {name: all, action: alow}\n")
        let bad = try await check()
        #expect(bad.status == 78 && bad.output.isEmpty)
        #expect(bad.errorText.contains("policy.yaml:3: rules.0.action"), "\(bad.errorText)")
        try await stack.signal(worker, "HUP")
        let lines = try await stack.logLines("worker-1", matching: "policy not reloaded")
        #expect(lines.first?.contains("policy.yaml:3: rules.0.action") == true, "\(lines)")
        let still = try await stack.submit(main, command: ["touch", mark])
        #expect(try await stack.show(still.id).reason == "denied by customer policy: default")

        try write("version: 1\nrules: [{name: closed, action: deny, reason: CANARY}]\n")
        try await stack.signal(worker, "HUP")
        _ = try await stack.logLines("worker-1", matching: "policy reloaded")
        let closed = try await stack.submit(main, command: copy)
        #expect(try await stack.show(closed.id).reason == "denied by customer policy: closed")
        #expect(!FileManager.default.fileExists(atPath: mark))
        _ = try await stack.logLines("worker-1", matching: "job denied.*CANARY")
      }
    }
  }
}
