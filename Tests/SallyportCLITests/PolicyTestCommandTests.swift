import ArgumentParser
import FoundationEssentials
import SallyportConfig
import SallyportCore
import Testing

@testable import SallyportCLI

/// `sallyport policy test`.
@Suite struct PolicyTestCommandTests {
  private let harness: CommandHarness

  init() throws { harness = try CommandHarness() }

  private static let policy = """
    version: 1
    rules:
      - name: no-loader
        action: deny
        reason: changes what runs
        environment: {any: ["LD_*"]}
      - name: builds
        action: allow
        repositories: ["team/**"]
        refs: [refs/heads/main]
        commands: [[make, "**"]]
        timeout: {at-most: 30m}
      - name: checks
        action: allow
        repositories: ["(none)"]
        submitters: [ops]
    """

  private static let job = """
    pool: builders
    command: [make, test]
    checkout: {vcs-pool: git, repository: team/app.git, ref: main}
    timeout: 10m
    """

  private func write(_ name: String, _ text: String) throws -> String {
    let path = "\(harness.directory)/\(name)"
    try Data(text.utf8).write(to: URL(filePath: path))
    return path
  }

  private func decide(
    _ job: String, policy: String = policy, _ more: [String] = []
  ) async throws -> ErrorReport? {
    try await harness.run(
      [
        "policy", "test", "--policy", try write("policy.yaml", policy), "--job",
        try write("job", job),
      ] + more)
  }

  private struct Document: Decodable {
    struct Decision: Decodable {
      let action: String
      let rule: String
      let refs: [String]?
    }
    struct Case: Decodable {
      let ref: String?
      let decision: Decision
    }
    let decision: Decision
    let cases: [Case]
  }

  @Test func aJobThatIsAllowed() async throws {
    #expect(try await decide(Self.job) == nil)
    let output = harness.console.output
    #expect(output.hasPrefix("allowed by builds\n"), "\(output)")
    // Of branch and tag, each is decided.
    #expect(output.contains("refs/heads/main: allowed by builds"), "\(output)")
    #expect(output.contains("refs/tags/main: denied by default"), "\(output)")
    #expect(output.contains("environment:"), "\(output)")
  }

  private static let agentPolicy = """
    version: 1
    rules:
      - name: release-worker
        action: allow
        repositories: [team/app.git]
        refs: [refs/heads/main]
        workers: [spiffe://acme.example/worker/release-*]
    """

  @Test func whatAJobWouldFetch() async throws {
    let agent = ["--program", "vcs-agent", "--worker", "spiffe://acme.example/worker/"]
    let by = { (name: String) in Array(agent.dropLast()) + [agent[3] + name] }
    #expect(try await decide(Self.job, policy: Self.agentPolicy, by("release-1")) == nil)
    #expect(harness.console.output.hasPrefix("allowed by release-worker\n"))
    let denied = try await decide(Self.job, policy: Self.agentPolicy, by("other"))
    #expect(denied?.exitCode == 1)
    #expect(harness.console.output.contains("workers:"))
    // Without a checkout there is nothing to allow.
    let none = try await decide(
      "pool: builders\ncommand: [make]\n", policy: Self.agentPolicy, by("release-1"))
    #expect(none?.exitCode == 1)
  }

  @Test(arguments: [
    ["--program", "vcs-agent"], ["--worker", "spiffe://acme.example/worker/w"],
    ["--program", "vcs-agent", "--worker", "w"],
    ["--program", "vcs-agent", "--worker", "spiffe://acme.example/worker/w", "--submitter", "jo"],
    ["--program", "gateway"],
  ])
  func whoFetchesIsSaidOfAVCSAgentAlone(_ options: [String]) async throws {
    var status: Int32?
    do {
      status = try await decide(Self.job, policy: Self.agentPolicy, options)?.exitCode
    } catch {
      status = SallyportCommand.exitCode(for: error).rawValue
    }
    #expect(status == SallyportCore.ExitCode.usage, "\(options)")
  }

  @Test func aJobThatIsDenied() async throws {
    let report = try await decide(Self.job + "\nenvironment: {LD_PRELOAD: CANARY}")
    #expect(report == ErrorReport(nil, exitCode: SallyportCore.ExitCode.failure))
    let output = harness.console.output
    #expect(
      output.hasPrefix("denied by customer policy: no-loader (changes what runs)\n"), "\(output)")
    #expect(!output.contains("CANARY"))
  }

  @Test func jsonNamesTheDecisionOfEachRef() async throws {
    let report = try await decide(Self.job, ["--output", "json"])
    #expect(report == nil)
    let document = try JSONDecoder().decode(
      Document.self, from: Data(harness.console.output.utf8))
    #expect(document.decision.action == "allow" && document.decision.rule == "builds")
    #expect(document.decision.refs == ["refs/heads/main"])
    #expect(document.cases.map(\.ref) == ["refs/heads/main", "refs/tags/main"])
    #expect(document.cases.map(\.decision.rule) == ["builds", "default"])
  }

  @Test func theSubmitterIsAnOption() async throws {
    #expect(try await decide("command: [id]", ["--submitter", "ops"]) == nil)
    #expect(try await decide("command: [id]")?.exitCode == SallyportCore.ExitCode.failure)
    #expect(
      try await decide("command: [id]", ["--submitter", "jo"])?.exitCode
        == SallyportCore.ExitCode.failure)
  }

  @Test func aSignedJobCountsAsSignedByTheKeyThatItNames() async throws {
    let key = harness.directory + "/key"
    #expect(try await harness.run(["key", "create", key]) == nil)
    #expect(
      try await harness.run([
        "job", "sign", "--key", key, "--tenant", "acme", "--external-id",
        "00112233445566778899aabbccddeeff", "--pool", "builders", "--select", "zone=a", "--out",
        key + ".job", "--", "make",
      ]) == nil)
    let job = try String(decoding: Data(contentsOf: URL(filePath: key + ".job")), as: UTF8.self)
    let signed = "version: 1\nrules: [{name: a, action: allow, signed: true, labels: {zone: a}}]"
    #expect(try await decide(job, policy: signed) == nil)
    #expect(
      try await decide(Self.job, policy: signed)?.exitCode == SallyportCore.ExitCode.failure)
  }

  @Test func whatCannotBeJudgedIsDenied() async throws {
    let report = try await decide(
      Self.job.replacing("ref: main", with: "ref: a..b"),
      policy: "version: 1\ndefault: allow\nrules: []")
    #expect(report?.exitCode == SallyportCore.ExitCode.failure)
    #expect(harness.console.output.hasPrefix("denied by customer policy: invalid (ref: "))
  }

  @Test func anInvalidFileNamesItsPlace() async throws {
    let broken = Self.policy.replacing("repositories: [\"team", with: "repository: [\"team")
    let report = try await decide(Self.job, policy: broken)
    #expect(report?.exitCode == SallyportCore.ExitCode.configuration)
    #expect(
      report?.message?.contains("policy.yaml:9: unknown key 'rules.1.repository'") == true,
      "\(String(describing: report))")
    let job = try await decide("comand: [id]")
    #expect(job?.exitCode == SallyportCore.ExitCode.dataError)
    #expect(harness.console.output.isEmpty)
  }
}
