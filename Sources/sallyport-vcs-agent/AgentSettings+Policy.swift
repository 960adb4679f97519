import SallyportConfig
import SallyportPolicy

extension AgentSettings {
  /// The policy file, or what the list of repositories says in short.
  static func policy(_ values: ConfigValues) throws(ConfigError) -> PolicySource {
    guard let path = values[policyFile] else {
      return PolicySource(AdmissionPolicy(repositories: try patterns(values)))
    }
    guard values[repositories].isEmpty else {
      throw ConfigError(
        code: .invalidValue, origin: values.origin(of: repositories), key: repositories.name,
        expected: "nothing beside \(policyFile.name)", found: "a list",
        hint: "the policy file says which repositories are served")
    }
    return try PolicySource(path: path, for: .agent)
  }

  private static func patterns(_ values: ConfigValues) throws(ConfigError) -> [RepositoryPattern] {
    try values[repositories].map { text throws(ConfigError) in
      do throws(InvalidPattern) {
        return try RepositoryPattern(text)
      } catch {
        throw ConfigError(
          code: .invalidValue, origin: values.origin(of: repositories), key: repositories.name,
          expected: "a repository pattern such as team/*", found: text, hint: error.reason)
      }
    }
  }
}
