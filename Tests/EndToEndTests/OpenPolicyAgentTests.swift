import FoundationEssentials
import Testing

/// A customer who has an Open Policy Agent: a real evaluation of Rego decides.
@Suite(.serialized, .timeLimit(.minutes(4))) struct OpenPolicyAgentTests {
  private static let rules = """
    version: 1
    rules:
      - name: file-rule
        action: allow
        refs: [refs/heads/main]
        commands: [[cp, "**"], [touch, "**"], [mkdir, "**"]]
    """
  private static let modules = [
    "\(Executables.packageRoot)/Tests/EndToEndTests/Resources/worker.rego",
    "\(Executables.packageRoot)/Tests/EndToEndTests/Resources/agent.rego",
    "\(Executables.packageRoot)/docs/examples/policy-worker.rego",
    "\(Executables.packageRoot)/docs/examples/policy-agent.rego",
  ]

  private struct Record: Decodable {
    let kind: String
    let source: String?
    let decision: String?
    let rule: String?
    let reason: String?
    let path: String?
    let id: String?

    enum CodingKeys: String, CodingKey {
      case kind, source, decision, rule, reason
      case path = "opa_path"
      case id = "opa_decision_id"
    }
  }

  @Test func aWorkerRunsWhatFileAndAgentAllow() async throws {
    try await TemporaryFolder.with { folder in
      let file = "\(folder)/policy.yaml"
      try Data(Self.rules.utf8).write(to: URL(filePath: file))
      let socket = "\(folder)/opa.sock"
      let environment = [
        "SALLYPORT_WORKER_POLICY_FILE": file,
        "SALLYPORT_WORKER_POLICY_OPA_URL": "unix://\(socket)",
        "SALLYPORT_WORKER_POLICY_OPA_DECISION_PATH": "test/worker/decision",
        "SALLYPORT_WORKER_POLICY_OPA_TIMEOUT": "20s",
      ]
      try await Stack.with(environment: environment) { stack in
        let mark = "\(stack.data)/mark"
        let copy = ["cp", "module-1/part-1/file-1.txt", mark]
        let denied: @Sendable ([String], String) async throws -> Void = { command, rule in
          let job = try await stack.submit(
            ["--repo", "on-prem:team/app.git", "--ref", "main"], command: command)
          #expect(job.result.status != 0)
          let shown = try await stack.show(job.id)
          #expect(shown.reason == "denied by customer policy: \(rule)")
          #expect(shown.commit == nil && !FileManager.default.fileExists(atPath: mark))
        }
        let allowed: @Sendable () async throws -> Void = {
          let job = try await stack.submit(
            ["--repo", "on-prem:team/app.git", "--ref", "main"], command: copy)
          #expect(job.result.status == 0, "\(job.result.errorText)")
          try FileManager.default.removeItem(atPath: mark)
        }
        let check: @Sendable (String) async throws -> CommandResult = { path in
          try await stack.executables.run(
            "sallyport-worker",
            [
              "run", "--check", "--config", "\(stack.data)/worker-1.yaml", "--set",
              "policy.opa.decision-path=\(path)",
            ], environment: environment)
        }

        // It has started without the agent.
        try await denied(copy, "opa")
        _ = try await stack.logLines("worker-1", matching: "job denied.*cannot be reached")
        let unreachable = try await check("test/worker/decision")
        #expect(unreachable.status == 69 && unreachable.output.isEmpty)
        #expect(unreachable.errorText.contains("cannot be reached"), "\(unreachable.errorText)")

        try await RegoServer.with(Self.modules, at: socket) { server in
          for path in ["test/worker/decision", "sallyport/worker/decision"] {
            let ok = try await check(path)
            #expect(ok.status == 0 && ok.text == "ok\n", "\(ok.errorText)")
          }
          for path in ["test/worker/undefined_for_most", "nothing/here"] {
            let undefined = try await check(path)
            #expect(undefined.status == 69, "\(undefined.errorText)")
            #expect(undefined.errorText.contains("is the decision path right?"))
          }
          try await allowed()
          try await denied(["touch", mark], "opa")
          _ = try await stack.logLines("worker-1", matching: "job denied.*CANARY")
          // The evaluation fails: OPA says 500.
          try await denied(["mkdir", mark], "opa")
          _ = try await stack.logLines("worker-1", matching: "job denied.*status 500")
          // The file is asked first.
          try await denied(["ln", "-s", "/", mark], "default")
          server.kill()
          try await denied(copy, "opa")
        }
        try await RegoServer.with(Self.modules, at: socket) { _ in try await allowed() }

        let folder = "\(stack.data)/worker-1/ledger"
        let records: [Record] = try await stack.executables.ledger(folder)
        let sources = records.filter { $0.kind == "policy" }.compactMap(\.source)
        #expect(sources == [file, "unix://\(socket) test/worker/decision"])
        let jobs = records.filter { $0.kind == "job" }
        #expect(
          jobs.map(\.decision) == ["deny", "allow", "deny", "deny", "deny", "deny", "allow"])
        #expect(
          jobs.map(\.rule) == ["opa", "file-rule", "opa", "opa", "default", "opa", "file-rule"])
        let asked = jobs.filter { $0.rule != "default" }
        #expect(asked.allSatisfy { $0.path == "test/worker/decision" })
        #expect(jobs.map { $0.id != nil } == [false, true, true, false, false, false, true])
        #expect(jobs.contains { $0.reason == "CANARY" })
        let verified = try await stack.executables.run("sallyport", ["ledger", "verify", folder])
        #expect(verified.status == 0, "\(verified.errorText)")
      }
    }
  }

  /// Over the loopback. The repository is there only with the refs that the agent allows.
  @Test func aVCSAgentServesWhatListAndAgentAllow() async throws {
    try await TemporaryFolder.with { folder in
      let socket = "\(folder)/opa.sock"
      let environment = [
        "SALLYPORT_VCS_AGENT_POLICY_OPA_URL": "unix://\(socket)",
        "SALLYPORT_VCS_AGENT_POLICY_OPA_DECISION_PATH": "test/agent/decision",
        "SALLYPORT_VCS_AGENT_POLICY_OPA_TIMEOUT": "20s",
      ]
      try await Stack.with(environment: environment) { stack in
        _ = try await stack.git("branch", "next", "main")
        _ = try await stack.git("branch", "secret", "main")
        let fetch: @Sendable (String, Bool) async throws -> Void = { ref, isAllowed in
          let job = try await stack.submit(
            ["--repo", "on-prem:team/app.git", "--ref", ref], command: ["true"])
          #expect(
            (job.result.status == 0) == isAllowed, "\(ref): \(job.result.errorText)")
          let shown = try await stack.show(job.id)
          #expect((shown.commit != nil) == isAllowed)
          #expect(shown.reason?.contains("CANARY") != true)
        }
        let check: @Sendable (String) async throws -> CommandResult = { path in
          try await stack.executables.run(
            "sallyport-vcs-agent",
            [
              "run", "--check", "--config", "\(stack.data)/agent-1.yaml", "--set",
              "policy.opa.decision-path=\(path)",
            ], environment: environment)
        }
        try await fetch("refs/heads/main", false)
        #expect(try await check("test/agent/decision").status == 69)
        try await RegoServer.with(Self.modules, at: socket) { server in
          for path in ["test/agent/decision", "sallyport/agent/decision"] {
            let ok = try await check(path)
            #expect(ok.status == 0 && ok.text == "ok\n", "\(ok.errorText)")
          }
          try await fetch("refs/heads/main", true)
          try await fetch("refs/heads/next", true)
          try await fetch("refs/heads/secret", false)
          server.kill()
          try await fetch("refs/heads/main", false)
        }
        try await RegoServer.with(Self.modules, at: socket) { _ in
          try await fetch("refs/heads/main", true)
        }
        let records: [Record] = try await stack.executables.ledger(
          "\(stack.data)/agent-1/ledger")
        let requests = records.filter { $0.kind == "request" }
        #expect(requests.allSatisfy { $0.path == "test/agent/decision" })
        #expect(requests.contains { $0.decision == "allow" && $0.id != nil })
        let denied = requests.filter { $0.decision == "deny" && $0.rule == "opa" }
        #expect(denied.contains { $0.reason?.contains("cannot be reached") == true })
      }
    }
  }
}
