import SallyportConfig

enum Color: String, CaseIterable, Sendable { case red, green }

enum Sample: SettingsCatalog {
  static let port = Setting(
    "listen.agents.port", .integer(in: 1...65_535), default: 7443, "Port of the agents listener.")
  static let serverName = Setting.optional(
    "listen.agents.server-name", .string, "Name in the certificate.")
  static let timeout = Setting(
    "job.timeout", .duration(atLeast: .seconds(1), atMost: .seconds(86_400)),
    default: .seconds(600), "Longest job.")
  static let window = Setting(
    "stream.window", .byteSize(in: 1_024...1 << 30), default: 1 << 20, "Window of a stream.")
  static let strict = Setting("strict", .boolean, default: true, "Whether to be strict.")
  static let color = Setting("color", .choice(Color.self), default: .red, "Color.")
  static let endpoint = Setting.optional("endpoint", .hostPort, "Peer.")
  static let labels = Setting("labels", .list(maximumCount: 3), default: [], "Labels.")
  static let key = Setting.optional("tls.key-file", .secretFile, "Private key.")
  static let state = Setting("state-dir", .path, default: "/var/lib/sample", "State.")

  static let tags = Setting("tags", .map(maximumCount: 2), default: [:], "Tags.")

  static let upstreamName = Setting.required("name", .string, "Name.")
  static let upstreamPort = Setting("port", .integer(in: 1...65_535), default: 443, "Port.")
  static let upstreams = Setting(
    "upstreams", .tables([upstreamName, upstreamPort]), default: [], "Git servers.")

  static let schema = ConfigSchema(
    program: "sallyport-sample", otherVariables: ["CONFIG", "DIR"],
    settings: [
      port, serverName, timeout, window, strict, color, endpoint, labels, key, state, tags,
      upstreams,
    ])

  static func load(
    _ yaml: String = "", environment: [String: String] = [:], set: [String] = []
  ) throws(ConfigError) -> ConfigValues {
    var overrides: [ConfigOverride] = []
    for assignment in set { overrides.append(try ConfigOverride(assignment: assignment)) }
    return try schema.load(
      document: try ConfigDocument(yaml: yaml, path: "/etc/sample/sample.yaml"),
      environment: environment, overrides: overrides)
  }

  /// The message of the error that loading must end with.
  static func message(
    _ yaml: String = "", environment: [String: String] = [:], set: [String] = []
  ) -> String? {
    do {
      _ = try load(yaml, environment: environment, set: set)
      return nil
    } catch {
      return error.description
    }
  }
}
