import HTTPTypes
import SallyportConfig
import SallyportCore
import SallyportEdge
import SallyportPolicy
import SallyportPolicyTestSupport
import SallyportSigning
import SallyportTestSupport
import Testing

@testable import SallyportVCSAgent
@testable import sallyport_vcs_agent

/// What `sallyport-vcs-agent permissions` prints is what a VCS agent with that configuration serves.
@Suite(.timeLimit(.minutes(3))) struct PermissionsTests {
  /// What one request got, and what the print says it should get.
  private struct Tally {
    var shown = 0
    var withheld = 0
  }

  private static func yaml(
    _ random: inout RandomPolicy, _ fixture: GrantFixture, _ scratch: Scratch
  ) throws -> String {
    var text = """
      gateway.endpoint: gateway.example:7443
      state.directory: state
      signing-keys: {trusted: [signing.pub], revoked: revoked}
      require-grant: \(random.generator.chance(25))
      upstreams:

      """
    for pattern in random.generator.some(["t/*", "t/**", "a", "**", "*"], 1...3) {
      text += "  - {match: \"\(pattern)\", directory: /srv/git}\n"
    }
    switch Int.random(in: 0..<5, using: &random.generator) {
    case 0:
      let patterns = random.generator.some(RandomPolicy.repositoryPatterns, 0...2)
      text += "repositories: [\(patterns.map { "\"\($0)\"" }.joined(separator: ", "))]\n"
    default:
      // A key that signs grants here takes the place of one that nobody has.
      let rules = random.validYAML(for: .agent)
        .split(separator: keyA, omittingEmptySubsequences: false)
        .joined(separator: fixture.key.id.rawValue)
      try scratch.write("policy.yaml", rules)
      text += "policy.file: policy.yaml\n"
    }
    return text
  }

  @Test func printAndEnforcementAgree() async throws {
    var random = RandomPolicy(seed: 11)
    var tally = Tally()
    try await Scratch.with { scratch in
      let fixture = try GrantFixture(scratch)
      for _ in 0..<250 {
        let file = try scratch.write("agent.yaml", try Self.yaml(&random, fixture, scratch))
        let values = try AgentSettings.schema.load(file: file, environment: [:], overrides: [])
        let plan = try AgentPlan(values)
        let printed = try plan.permissions(GatewaySettings(values))
        let manifest = try #require(PermissionManifest(json: Array(printed.json.utf8)))
        for _ in 0..<4 { try await check(plan, manifest, fixture, &random, &tally) }
      }
    }
    // Neither all nor nothing.
    #expect(tally.shown > 500 && tally.withheld > 500, "\(tally)")
  }

  private func check(
    _ plan: AgentPlan, _ manifest: PermissionManifest, _ fixture: GrantFixture,
    _ random: inout RandomPolicy, _ tally: inout Tally
  ) async throws {
    let repository = try RepositoryName(random.generator.pick(RandomPolicy.repositories))
    let worker = try SPIFFEID(parsing: random.generator.pick(RandomPolicy.workers))
    let named = RandomPolicy.refs.filter { $0 != "HEAD" }.sorted()
    let granted: String? =
      random.generator.chance(40)
      ? random.generator.pick(named.filter { $0.hasPrefix("refs/heads/") })
      : nil
    let refs = ["HEAD"] + named
    let upstream = ListedUpstream(refs.map { ($0, String(repeating: "1", count: 40)) })
    let harness = try HandlerHarness(
      worker: worker, policy: AdmissionFetchPolicy(plan.policy),
      upstreams: plan.upstreams.map { .init(pattern: $0.pattern, upstream: upstream) },
      grants: GrantRules(
        audience: GrantFixture.audience, keys: plan.signingKeys, isRequired: plan.requiresGrant))
    if let granted {
      let grant = try fixture.envelope(repository: repository.rawValue, ref: granted)
      #expect(try await harness.send(.put, "/.sallyport/grant", body: grant).status == 204)
    }
    let answer = try await harness.advertise(repository.rawValue).text
    let signers = granted == nil ? [] : [fixture.key.id.rawValue]
    for ref in refs {
      let isShown = answer.contains(" \(ref)\n") || answer.contains(" \(ref)\0")
      let fetch = FetchFacts(
        repository: repository, target: .ref(ref),
        caller: .init(worker: worker, signers: signers))
      let isPrinted =
        manifest.decide(fetch).action == .allow && manifest.upstream(of: repository) != nil
        && (granted == nil || granted == ref)
      #expect(isShown == isPrinted, "\(ref) of \(repository) under \(manifest.text)")
      if isShown { tally.shown += 1 } else { tally.withheld += 1 }
    }
  }

  @Test func tables() async throws {
    try await Scratch.with { scratch in
      let fixture = try GrantFixture(scratch)
      let file = try scratch.write(
        "agent.yaml",
        """
        gateway.endpoint: gateway.example:7443
        state.directory: state
        repositories: [team/*]
        require-grant: true
        signing-keys.trusted: [signing.pub]
        upstreams:
          - {match: team/*, url: "https://git.example:8443/scm/"}
          - {match: other/*, directory: /srv/git}

        """)
      let values = try AgentSettings.schema.load(file: file, environment: [:], overrides: [])
      let manifest = try AgentPlan(values).permissions(GatewaySettings(values))
      #expect(
        manifest.text == """
          rules of a VCS agent; the first that matches decides
          #  ACTION  RULE          WHEN
          1  allow   repositories  repositories: team/*
             deny    default       no rule matches

          signed jobs only, which allow what they name and no more, by these keys
            \(fixture.key.id.rawValue)

          methods
            GET /<repository>/info/refs?service=git-upload-pack
            POST /<repository>/git-upload-pack
            PUT /.sallyport/grant

          upstreams, the first that matches
            team/*   https://git.example:8443/scm/
            other/*  /srv/git

          outbound connections
            gateway.example:7443  gateway
            git.example:8443      Git server of team/*

          """)
    }
  }
}
