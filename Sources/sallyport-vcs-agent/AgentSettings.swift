import SallyportConfig
import SallyportEdge
import SallyportHealth
import SallyportPolicyAgent

/// The settings of `sallyport-vcs-agent`.
enum AgentSettings: HealthSettingsCatalog {
  static let health = HealthSettings(defaultPort: 7448)
  static let displayName = Setting<String?>.optional(
    "display-name", .string(maximumLength: 255),
    "Name shown to operators; without it, the host's.")
  static let relayCapacity = Setting(
    "relays.capacity", .integer(in: 1...1_024), default: 64,
    "Relays served at once, over all connections; more are refused and go to another VCS agent of "
      + "the pool.")
  static let requestCapacity = Setting(
    "requests.capacity", .integer(in: 1...1_024), default: 64,
    "Requests served at once, over all relays, and connections to each upstream; a request more "
      + "is answered 503, which workers try again.")
  static let drainTimeout = Setting(
    "drain.timeout", .duration(atLeast: .seconds(1), atMost: .seconds(86_400)),
    default: .seconds(60), "How long SIGTERM waits for relays to end.")
  static let repositories = Setting(
    "repositories", .list, default: [],
    "Patterns of the repositories that workers may fetch, such as team/* or team/**; no other is "
      + "served. In short for a policy file, and not beside one.")
  static let policyFile = Setting<String?>.optional(
    "policy.file", .path,
    "Admission policy, which decides what workers may fetch; only its owner may be able to write it. "
      + "Read at the start and at SIGHUP.")
  static let upstreams = Setting(
    "upstreams", .tables(UpstreamSettings.fields), default: [],
    "Where the repositories are; the first that matches counts.")

  static let requireGrant = Setting(
    "require-grant", .boolean, default: false,
    "Whether a repository is served only for a job that names it and that a key of "
      + "signing-keys.trusted has signed.")

  static let schema = ConfigSchema(
    program: "sallyport-vcs-agent",
    settings: GatewaySettings.settings + [
      displayName, relayCapacity, requestCapacity, drainTimeout, repositories, policyFile,
      upstreams, requireGrant,
    ] + PolicyAgentSettings.keys + SigningKeySettings.settings + LedgerConfiguration.settings
      + health.all
      + LoggingSetup.settings)
}

/// The settings of one upstream.
enum UpstreamSettings {
  static let match = Setting.required(
    "match", .string, "Pattern of the repositories that are here.")
  static let url = Setting<String?>.optional(
    "url", .string, "HTTPS address below which they are, for example https://git.example/scm/.")
  static let caFile = Setting<String?>.optional(
    "ca-file", .path, "The only roots to trust (PEM); without it, the system's.")
  static let credentialFile = Setting<String?>.optional(
    "credential-file", .secretFile,
    "Two lines: user name, and password or token. Read for every request.")
  static let credentialHelper = Setting(
    "credential-helper", .list(maximumCount: 64), default: [],
    "Git credential helper: program and arguments; 'get' is appended. No shell.")
  static let directory = Setting<String?>.optional(
    "directory", .path, "Folder of bare repositories on this host, instead of url.")

  static let fields: [any SettingDeclaration] = [
    match, url, caFile, credentialFile, credentialHelper, directory,
  ]
}
