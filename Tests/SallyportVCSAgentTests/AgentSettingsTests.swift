import FoundationEssentials
import SallyportConfig
import SallyportPolicy
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
    try UpstreamPlan.all(load(scratch, yaml))
  }

  @Test func readsEveryKindOfUpstream() async throws {
    try await Scratch.with { scratch in
      try scratch.write("credential", "u\np\n")
      try await scratch.makeCertificates()
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
      guard case .https(let url, let roots, let credentials) = plans[0].place else {
        Issue.record("not HTTPS")
        return
      }
      #expect(url.description == "https://git.example/scm/")
      #expect(roots != nil)
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
    "relays.capacity: 0", "relays.capacity: 1025", "requests.capacity: 1025",
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

  /// Files are read when the agent starts, and the message names key and file.
  @Test(arguments: [
    ("url: 'https://h/', ca-file: missing", "upstreams.0.ca-file", "missing"),
    ("url: 'https://h/', ca-file: kept", "upstreams.0.ca-file", "kept"),
    ("url: 'https://h/', credential-file: short", "upstreams.0.credential-file", "short"),
    ("url: 'http://h/'", "upstreams.0.url", "agent.yaml"),
  ])
  func namesKeyAndFile(_ fields: String, key: String, file: String) async throws {
    try await Scratch.with { scratch in
      try scratch.write("kept", "u\nCANARY\n")
      try scratch.write("short", "CANARY")
      let error = #expect(throws: ConfigError.self) {
        try plans(scratch, "upstreams: [{match: team/*, \(fields)}]")
      }
      let text = "\(String(describing: error))"
      #expect(error?.key == key)
      #expect(text.contains(scratch.path(file)) && !text.contains("CANARY"), "\(text)")
    }
  }

  /// The example that docs/operations.md shows must be one that the agent takes.
  @Test func exampleIsValid() async throws {
    try await Scratch.with { scratch in
      try await scratch.makeCertificates()
      try scratch.write("git-ca.pem", scratch.read("ca.pem"))
      try scratch.write("git-credential", "sallyport\nsecret\n")
      let example = try String(
        contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
          .appending(path: "../../docs/examples/vcs-agent.yaml").standardized, encoding: .utf8)
      let file = try scratch.write(
        "agent.yaml", example.replacing("/etc/sallyport/", with: scratch.directory + "/"))
      let values = try AgentSettings.schema.load(file: file, environment: [:], overrides: [])
      let plans = try UpstreamPlan.all(values)
      #expect(!plans.isEmpty)
      // Every key of the agent is there, in use or commented out.
      for setting in AgentSettings.schema.settings {
        let last = setting.name.split(separator: ".").last ?? ""
        #expect(example.contains("\(last):"), "\(setting.name)")
      }
      for setting in UpstreamSettings.fields {
        #expect(example.contains("\(setting.name):"), "\(setting.name)")
      }
    }
  }
}
