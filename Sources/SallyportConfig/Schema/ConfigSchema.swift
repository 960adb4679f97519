/// Every setting of one executable.
package struct ConfigSchema: Sendable {
  /// For example `sallyport-gateway`.
  package let program: String
  package let settings: [any SettingDeclaration]
  /// What environment variables begin with, for example `SALLYPORT_GATEWAY_`.
  package let environmentPrefix: String
  /// Variables with the prefix that are no settings, such as the one that names the file.
  package let otherVariables: Set<String>

  let index: SettingIndex
  private let variables: [String: any SettingDeclaration]

  /// - Parameters:
  ///   - program: The executable's name; the variables' prefix derives from it.
  ///   - otherVariables: Names, after the prefix, of variables that the executable reads itself;
  ///     `CONFIG` names the file for ``ConfigOptions``.
  package init(
    program: String, environmentPrefix: String? = nil, otherVariables: [String] = ["CONFIG"],
    settings: [any SettingDeclaration]
  ) {
    let prefix = environmentPrefix ?? Self.screamingSnakeCase(program) + "_"
    self.program = program
    self.settings = settings
    self.environmentPrefix = prefix
    self.otherVariables = Set(otherVariables.map { prefix + $0 })
    index = SettingIndex(settings)
    variables = Dictionary(
      settings.map { (prefix + Self.screamingSnakeCase($0.name), $0) },
      uniquingKeysWith: { first, second in
        preconditionFailure("'\(first.name)' and '\(second.name)' share one variable")
      })
  }

  /// The environment variable that names the configuration file.
  package var fileVariable: String { environmentPrefix + "CONFIG" }

  /// The environment variable of a setting.
  package func variable(for setting: any SettingDeclaration) -> String {
    environmentPrefix + Self.screamingSnakeCase(setting.name)
  }

  func setting(forVariable variable: String) -> (any SettingDeclaration)? { variables[variable] }

  var variableNames: [String] { Array(variables.keys) + otherVariables }

  /// `listen.agents.server-name` becomes `LISTEN_AGENTS_SERVER_NAME`.
  private static func screamingSnakeCase(_ name: String) -> String {
    String(name.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
  }
}
