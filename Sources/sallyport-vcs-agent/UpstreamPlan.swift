import SallyportConfig
import SallyportVCSAgent

/// One upstream as configured, checked but not opened.
struct UpstreamPlan: Sendable {
  enum Place: Sendable {
    case directory(String)
    case https(UpstreamURL, caFile: String?, credentials: (any CredentialSource)?)
  }

  let pattern: RepositoryPattern
  let place: Place

  init(_ values: ConfigValues) throws(ConfigError) {
    let pattern = values[UpstreamSettings.match]
    do {
      self.pattern = try RepositoryPattern(pattern)
    } catch {
      throw ConfigError(
        code: .invalidValue, origin: values.origin(of: UpstreamSettings.match),
        key: "upstreams.match", expected: "a repository pattern such as team/*", found: pattern,
        hint: error.reason)
    }
    let url = values[UpstreamSettings.url]
    let file = values[UpstreamSettings.credentialFile]
    let helper = values[UpstreamSettings.credentialHelper]
    switch (url, values[UpstreamSettings.directory]) {
    case (let url?, nil):
      guard file == nil || helper.isEmpty else {
        throw Self.conflict(values, "credential-file or credential-helper, not both")
      }
      let credentials: (any CredentialSource)? =
        file.map { FileCredential(path: $0) }
        ?? (helper.isEmpty ? nil : HelperCredential(command: helper))
      do {
        place = .https(
          try UpstreamURL(url), caFile: values[UpstreamSettings.caFile], credentials: credentials)
      } catch {
        throw ConfigError(
          code: .invalidValue, origin: values.origin(of: UpstreamSettings.url),
          key: "upstreams.url", expected: "https://host[:port]/[path/]", found: "another form",
          hint: error.reason)
      }
    case (nil, let directory?):
      guard file == nil, helper.isEmpty, values[UpstreamSettings.caFile] == nil else {
        throw Self.conflict(values, "a directory without ca-file and credentials")
      }
      place = .directory(directory)
    default:
      throw Self.conflict(values, "either url or directory")
    }
  }

  private static func conflict(_ values: ConfigValues, _ expected: String) -> ConfigError {
    ConfigError(
      code: .invalidValue, origin: values.origin(of: UpstreamSettings.match), key: "upstreams",
      expected: expected, found: "another combination")
  }
}

extension UpstreamTable {
  /// Opens the upstreams in order, runs `body`, and closes them.
  static func with<Result: Sendable>(
    _ plans: ArraySlice<UpstreamPlan>, opened: [Entry] = [],
    _ body: (UpstreamTable) async throws -> Result
  ) async throws -> Result {
    guard let plan = plans.first else { return try await body(UpstreamTable(opened)) }
    switch plan.place {
    case .directory(let directory):
      let entry = Entry(pattern: plan.pattern, upstream: LocalUpstream(directory: directory))
      return try await with(plans.dropFirst(), opened: opened + [entry], body)
    case .https(let url, let caFile, let credentials):
      return try await HTTPSUpstreamClient.withUpstream(
        url: url, caFile: caFile, credentials: credentials
      ) { upstream in
        let entry = Entry(pattern: plan.pattern, upstream: upstream)
        return try await with(plans.dropFirst(), opened: opened + [entry], body)
      }
    }
  }
}
