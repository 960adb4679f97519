import FoundationEssentials
import Testing

/// A VCS agent whose customer has written down what it serves.
@Suite(.serialized, .timeLimit(.minutes(3))) struct AgentPolicyTests {
  private static let rules = """
    version: 1
    rules:
      - name: main-of-the-team
        action: allow
        repositories: [team/*]
        refs: [refs/heads/main]
    """

  private struct Permissions: Decodable {
    struct Rule: Decodable {
      let name: String
      let refs: [String]
    }
    let rules: [Rule]
    let outbound: [Address]
    struct Address: Decodable {
      let address: String
    }
  }

  private struct Record: Decodable {
    let event: String?
    let rule: String?
  }

  @Test func itServesWhatItsFileAllowsAndReadsItAgainAtSIGHUP() async throws {
    try await TemporaryFolder.with { folder in
      let file = URL(filePath: "\(folder)/policy.yaml")
      let write: @Sendable (String) throws -> Void = { try Data($0.utf8).write(to: file) }
      try write(Self.rules)
      let environment = ["SALLYPORT_VCS_AGENT_POLICY_FILE": file.path()]
      try await Stack.with(environment: environment) { stack in
        let main = ["--repo", "on-prem:team/app.git", "--ref", "main"]
        let allowed = try await stack.submit(main, command: ["true"])
        #expect(allowed.result.status == 0, "\(allowed.result.errorText)")

        let agent: @Sendable ([String]) async throws -> CommandResult = { arguments in
          try await stack.executables.run(
            "sallyport-vcs-agent", arguments + ["--config", "\(stack.data)/agent-1.yaml"],
            environment: environment)
        }
        // Beside the VCS agent that runs.
        let ok = try await agent(["run", "--check"])
        #expect(ok.status == 0 && ok.text == "ok\n", "\(ok.errorText)")
        let printed = try await agent(["permissions", "--json"])
        let permissions = try JSONDecoder().decode(Permissions.self, from: Data(printed.output))
        #expect(permissions.rules.map(\.name) == ["main-of-the-team"])
        #expect(permissions.rules.first?.refs == ["refs/heads/main"])
        let server = "localhost:\(await stack.endpoints.gitServerPort)"
        #expect(permissions.outbound.contains { $0.address == server }, "\(printed.text)")
        let table = try await agent(["permissions"])
        #expect(table.status == 0 && table.text.contains("refs: refs/heads/main"), "\(table.text)")

        try write("version: 1\nrules:\n  - {name: all, action: alow}\n")
        let bad = try await agent(["run", "--check"])
        #expect(bad.status == 78 && bad.errorText.contains("policy.yaml:3: rules.0.action"))
        let process = try await stack.agent
        try await stack.signal(process, "HUP")
        let lines = try await stack.logLines("agent-1", matching: "policy not reloaded")
        #expect(lines.first?.contains("policy.yaml:3: rules.0.action") == true, "\(lines)")
        let still = try await stack.submit(main, command: ["true"])
        #expect(still.result.status == 0, "\(still.result.errorText)")

        try write("version: 1\nrules: [{name: closed, action: deny, reason: CANARY}]\n")
        try await stack.signal(process, "HUP")
        _ = try await stack.logLines("agent-1", matching: "policy reloaded")
        let closed = try await stack.submit(main, command: ["true"])
        #expect(closed.result.status != 0)
        let job = try await stack.show(closed.id)
        #expect(job.state == "failed" && job.commit == nil)
        #expect(job.reason?.hasPrefix("checkout failed: the VCS agent does not serve") == true)
        #expect(job.reason?.contains("CANARY") == false)
        _ = try await stack.logLines("agent-1", matching: "not-allowed: CANARY.*rule=closed")
        let ledger: [Record] = try await stack.executables.ledger("\(stack.data)/agent-1/ledger")
        #expect(ledger.contains { $0.event == "refused" && $0.rule == "closed" }, "\(ledger)")
      }
    }
  }
}
