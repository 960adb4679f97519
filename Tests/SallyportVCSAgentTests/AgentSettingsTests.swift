import SallyportConfig
import SallyportVCSAgent
import Testing

@testable import sallyport_vcs_agent

@Suite struct AgentSettingsTests {
  private static let start = """
    gateway.endpoint: gateway.example:7443
    state.directory: state

    """

  private func load(_ scratch: Scratch, _ yaml: String) throws -> ConfigValues {
    let file = try scratch.write("agent.yaml", Self.start + yaml)
    return try AgentSettings.schema.load(file: file, environment: [:], overrides: [])
  }

  private func plans(_ scratch: Scratch, _ yaml: String) throws -> [UpstreamPlan] {
    try load(scratch, yaml)[AgentSettings.upstreams].map { try UpstreamPlan($0) }
  }

  @Test func readsEveryKindOfUpstream() async throws {
    try await Scratch.with { scratch in
      try scratch.write("credential", "u\np\n")
      let plans = try plans(
        scratch,
        """
        repositories: [team/*, other/**]
        relays.capacity: 3
        upstreams:
          - match: team/*
            url: https://git.example/scm/
            ca-file: ca.pem
            credential-file: credential
          - match: other/**
            url: https://other.example/
            credential-helper: [/usr/bin/helper, --store, "a b"]
          - match: "**"
            directory: /srv/git
        """)
      #expect(plans.map(\.pattern.text) == ["team/*", "other/**", "**"])
      guard case .https(let url, let caFile, let credentials) = plans[0].place else {
        Issue.record("not HTTPS")
        return
      }
      #expect(url.description == "https://git.example/scm/")
      #expect(caFile == scratch.path("ca.pem"))
      #expect(credentials is FileCredential)
      guard case .directory("/srv/git") = plans[2].place else {
        Issue.record("not a directory")
        return
      }
    }
  }

  @Test(arguments: [
    "upstreams: [{match: team/*}]", "upstreams: [{url: 'https://h/'}]",
    "upstreams: [{match: team/*, url: 'http://h/'}]",
    "upstreams: [{match: team/*, url: 'https://user:CANARY@h/'}]",
    "upstreams: [{match: team/*, url: 'https://h/', directory: /srv}]",
    "upstreams: [{match: ../*, directory: /srv}]",
    "upstreams: [{match: team/*, directory: /srv, credential-helper: [x]}]",
    "upstreams: [{match: team/*, directory: /srv, ca-file: x}]",
    "upstreams: [{match: team/*, url: 'https://h/', credential-file: missing}]",
    "upstreams: [{match: team/*, url: 'https://h/', credential-file: open}]",
    "upstreams: [{match: team/*, url: 'https://h/', credential-file: kept, credential-helper: [x]}]",
    "relays.capacity: 0",
    "repository: [team/*]",
  ])
  func refuses(_ yaml: String) async throws {
    try await Scratch.with { scratch in
      try scratch.write("open", "u\nCANARY\n", mode: 0o644)
      try scratch.write("kept", "u\nCANARY\n")
      let error = #expect(throws: ConfigError.self) { try plans(scratch, yaml) }
      #expect(error.map { !"\($0)".contains("CANARY") } == true, "\(String(describing: error))")
    }
  }
}
