import SallyportConfig
import SallyportPolicy
import SallyportVCSAgent

/// One upstream as configured, with the files that it names read, but not opened.
struct UpstreamPlan: Sendable {
  enum Place: Sendable {
    case directory(String)
    case https(UpstreamURL, roots: UpstreamRoots?, credentials: (any CredentialSource)?)
  }

  let pattern: RepositoryPattern
  let place: Place

  /// Every upstream of a configuration, in order.
  static func all(_ values: ConfigValues) throws(ConfigError) -> [UpstreamPlan] {
    var plans: [UpstreamPlan] = []
    for (index, table) in values[AgentSettings.upstreams].enumerated() {
      plans.append(try UpstreamPlan(table, at: index))
    }
    return plans
  }

  private init(_ values: ConfigValues, at index: Int) throws(ConfigError) {
    let table = Table(values: values, index: index)
    pattern = try table.pattern()
    switch (values[UpstreamSettings.url], values[UpstreamSettings.directory]) {
    case (let url?, nil):
      place = .https(
        try table.url(url), roots: try table.roots(), credentials: try table.credentials())
    case (nil, let directory?):
      guard values[UpstreamSettings.credentialFile] == nil,
        values[UpstreamSettings.credentialHelper].isEmpty, values[UpstreamSettings.caFile] == nil
      else { throw table.conflict("a directory without ca-file and credentials") }
      place = .directory(directory)
    default: throw table.conflict("either url or directory")
    }
  }

  /// The keys of one upstream, and the errors that name them.
  private struct Table {
    let values: ConfigValues
    let index: Int

    func pattern() throws(ConfigError) -> RepositoryPattern {
      let text = values[UpstreamSettings.match]
      do {
        return try RepositoryPattern(text)
      } catch {
        throw self.error(
          UpstreamSettings.match, "a repository pattern such as team/*", found: text,
          hint: error.reason)
      }
    }

    func url(_ text: String) throws(ConfigError) -> UpstreamURL {
      do {
        return try UpstreamURL(text)
      } catch {
        // The text is not repeated: it may hold a password.
        throw self.error(
          UpstreamSettings.url, "https://host[:port]/[path/]", found: "another form",
          hint: error.reason)
      }
    }

    func roots() throws(ConfigError) -> UpstreamRoots? {
      guard let file = values[UpstreamSettings.caFile] else { return nil }
      do {
        return try UpstreamRoots(file: file)
      } catch {
        throw self.error(
          UpstreamSettings.caFile, "a file of certificates (PEM)", found: file,
          hint: error.description)
      }
    }

    func credentials() throws(ConfigError) -> (any CredentialSource)? {
      let helper = values[UpstreamSettings.credentialHelper]
      guard let file = values[UpstreamSettings.credentialFile] else {
        return helper.isEmpty ? nil : HelperCredential(command: helper)
      }
      guard helper.isEmpty else {
        throw conflict("credential-file or credential-helper, not both")
      }
      do {
        try FileCredential.load(file)
      } catch {
        throw self.error(
          UpstreamSettings.credentialFile, "a user name and a password, on a line each",
          found: file, hint: error.detail)
      }
      return FileCredential(path: file)
    }

    func conflict(_ expected: String) -> ConfigError {
      ConfigError(
        code: .invalidValue, origin: values.origin(of: UpstreamSettings.match),
        key: "\(AgentSettings.upstreams.name).\(index)", expected: expected,
        found: "another combination")
    }

    private func error<Value>(
      _ setting: Setting<Value>, _ expected: String, found: String, hint: String
    ) -> ConfigError {
      ConfigError(
        code: .invalidValue, origin: values.origin(of: setting),
        key: "\(AgentSettings.upstreams.name).\(index).\(setting.name)", expected: expected,
        found: found, hint: hint)
    }
  }
}

extension UpstreamTable {
  /// Opens the upstreams in order, runs `body`, and closes them.
  ///
  /// - Parameter connections: To each HTTPS upstream, at once.
  static func with<Result: Sendable>(
    _ plans: ArraySlice<UpstreamPlan>, connections: Int, opened: [Entry] = [],
    _ body: (UpstreamTable) async throws -> Result
  ) async throws -> Result {
    guard let plan = plans.first else { return try await body(UpstreamTable(opened)) }
    let rest = plans.dropFirst()
    switch plan.place {
    case .directory(let directory):
      let entry = Entry(pattern: plan.pattern, upstream: LocalUpstream(directory: directory))
      return try await with(rest, connections: connections, opened: opened + [entry], body)
    case .https(let url, let roots, let credentials):
      var limits = HTTPSUpstreamClient.Limits()
      limits.connections = connections
      return try await HTTPSUpstreamClient.withUpstream(
        url: url, roots: roots, credentials: credentials, limits: limits
      ) { upstream in
        let entry = Entry(pattern: plan.pattern, upstream: upstream)
        return try await with(rest, connections: connections, opened: opened + [entry], body)
      }
    }
  }
}
