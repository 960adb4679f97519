/// A setting without its value type: what schemas, loading and documentation need to know.
package protocol SettingDeclaration: Sendable {
  /// Dotted, each part in kebab case: `listen.agents.port`.
  var name: String { get }
  /// One line.
  var summary: String { get }
  /// Type with bounds, for the reference.
  var typeName: String { get }
  var isRequired: Bool { get }
  /// Nil where there is no default.
  var defaultText: String? { get }
  var shape: SettingShape { get }

  /// The typed value, wrapped in `ResolvedSetting`.
  func resolve(
    _ raw: RawSetting?, in context: SettingContext
  ) throws(ConfigError) -> any Sendable
}

/// How a value is written.
package enum SettingShape: Sendable {
  case scalar
  case list
  /// A table with keys that the schema does not know, and texts as values.
  case map
  /// A list of tables with these fields. Tables can be given in the file only.
  case tables([any SettingDeclaration])
}

/// What resolving a value depends on besides the value.
package struct SettingContext: Sendable {
  /// Explains how to give a setting that is missing.
  let missing: @Sendable (any SettingDeclaration) -> ConfigError
}
