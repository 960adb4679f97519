/// Checked configuration. Reading a setting cannot fail: everything was resolved while loading.
package struct ConfigValues: Sendable {
  private let resolved: [String: any Sendable]
  private let origins: [String: ConfigOrigin]

  init(
    resolving settings: [any SettingDeclaration], raw: [String: RawSetting],
    context: SettingContext
  ) throws(ConfigError) {
    var resolved: [String: any Sendable] = [:]
    for setting in settings {
      resolved[setting.name] = try setting.resolve(raw[setting.name], in: context)
    }
    self.resolved = resolved
    self.origins = raw.mapValues(\.origin)
  }

  /// One table of a list of tables.
  init(resolving fields: [any SettingDeclaration], table: RawTable) throws(ConfigError) {
    let known = SettingIndex(fields)
    let settings = try known.gatheringMaps(table.settings)
    for (name, raw) in settings.sorted(by: { $0.key < $1.key }) {
      try known.check(name, raw: raw)
    }
    try self.init(
      resolving: fields, raw: settings,
      context: SettingContext { setting in
        ConfigError(
          code: .missingKey, origin: table.origin, key: setting.name, expected: setting.typeName)
      })
  }

  /// The value of a setting of the schema that these values were loaded with.
  package subscript<Value>(_ setting: Setting<Value>) -> Value {
    guard let box = resolved[setting.name] as? ResolvedSetting<Value> else {
      preconditionFailure("setting '\(setting.name)' is not in the schema that was loaded")
    }
    return box.value
  }

  /// Where a setting's value came from.
  package func origin<Value>(of setting: Setting<Value>) -> ConfigOrigin {
    origins[setting.name] ?? .defaultValue
  }
}
