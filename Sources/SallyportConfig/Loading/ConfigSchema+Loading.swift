import Configuration

extension ConfigSchema {
  /// Loads, checks and resolves every setting: flags before environment before file before default.
  ///
  /// - Parameters:
  ///   - file: Path of the YAML file; nil for none.
  ///   - environment: The process's environment. Variables with the schema's prefix must be known.
  ///   - overrides: From flags; a later one for the same key wins.
  package func load(
    file: String?, environment: [String: String], overrides: [ConfigOverride] = []
  ) throws(ConfigError) -> ConfigValues {
    let document = try file.map { path throws(ConfigError) in try ConfigDocument(path: path) }
    return try load(document: document, environment: environment, overrides: overrides)
  }

  package func load(
    document: ConfigDocument?, environment: [String: String], overrides: [ConfigOverride] = []
  ) throws(ConfigError) -> ConfigValues {
    let flags = try settings(of: overrides)
    let variables = try settings(of: environment)
    let inFile = try index.gatheringMaps(document?.settings ?? [:])
    for (name, raw) in inFile.sorted(by: { $0.key < $1.key }) { try index.check(name, raw: raw) }

    let reader = ConfigReader(providers: [
      Self.provider(named: "flags", flags),
      EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.key.isEmpty })
        .prefixKeys(with: ConfigKey([String(environmentPrefix.dropLast())])),
      Self.provider(named: "file", inFile),
    ])
    var raw: [String: RawSetting] = [:]
    for setting in settings {
      let name = setting.name
      guard let given = flags[name] ?? variables[name] ?? inFile[name] else { continue }
      let value: RawValue? =
        switch setting.shape {
        case .scalar: reader.string(forKey: ConfigKey(name)).map { .scalar($0) }
        case .list: reader.stringArray(forKey: ConfigKey(name)).map { .list($0) }
        case .map, .tables: given.value
        }
      raw[name] = RawSetting(value ?? given.value, origin: given.origin)
    }
    return try ConfigValues(
      resolving: settings, raw: raw,
      context: SettingContext { setting in missing(setting, document: document) })
  }

  private func settings(
    of overrides: [ConfigOverride]
  ) throws(ConfigError) -> [String: RawSetting] {
    var result: [String: RawSetting] = [:]
    for override in overrides {
      let origin = ConfigOrigin.flag(override.flag)
      guard let setting = index[override.name] else {
        throw index.unknown(override.name, origin: origin)
      }
      result[override.name] = try raw(override.text, for: setting, origin: origin)
    }
    return result
  }

  private func settings(
    of environment: [String: String]
  ) throws(ConfigError) -> [String: RawSetting] {
    var result: [String: RawSetting] = [:]
    for (variable, text) in environment.sorted(by: { $0.key < $1.key })
    where variable.hasPrefix(environmentPrefix) && !otherVariables.contains(variable) {
      let origin = ConfigOrigin.environment(variable: variable)
      guard let setting = setting(forVariable: variable) else {
        let nearest = NearestName.nearest(to: variable, among: variableNames)
        throw ConfigError(
          code: .unknownKey, origin: origin, key: variable,
          hint: nearest.map { "did you mean \($0)?" }
            ?? "unset it: variables that begin with \(environmentPrefix) configure \(program)")
      }
      result[setting.name] = try raw(text, for: setting, origin: origin)
    }
    return result
  }

  private func raw(
    _ text: String, for setting: any SettingDeclaration, origin: ConfigOrigin
  ) throws(ConfigError) -> RawSetting {
    switch setting.shape {
    case .scalar: return RawSetting(.scalar(text), origin: origin)
    case .list:
      return RawSetting(.list(items(of: text)), origin: origin)
    case .map:
      var map: [String: String] = [:]
      for item in items(of: text) {
        guard let equals = item.firstIndex(of: "="),
          map.updateValue(
            String(item[item.index(after: equals)...]), forKey: String(item[..<equals])) == nil
        else {
          throw ConfigError(
            code: .invalidValue, origin: origin, key: setting.name,
            expected: "KEY=VALUE,KEY=VALUE with each key once", found: "'\(item)'")
        }
      }
      return RawSetting(.map(map), origin: origin)
    case .tables:
      throw ConfigError(
        code: .invalidValue, origin: origin, key: setting.name,
        expected: "\(setting.typeName) in the configuration file", found: "a text")
    }
  }

  private func items(of text: String) -> [String] {
    text.isEmpty
      ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  private func missing(
    _ setting: any SettingDeclaration, document: ConfigDocument?
  ) -> ConfigError {
    ConfigError(
      code: .missingKey, origin: document.map { .file(path: $0.path, line: nil) },
      key: setting.name, expected: setting.typeName,
      hint: "set it in \(document == nil ? "a file given with --config" : "this file"), "
        + "as \(variable(for: setting)) or with --set \(setting.name)=VALUE")
  }

  private static func provider(
    named name: String, _ settings: [String: RawSetting]
  ) -> InMemoryProvider {
    var values: [AbsoluteConfigKey: ConfigValue] = [:]
    for (name, setting) in settings {
      let key = AbsoluteConfigKey(ConfigKey(name).components)
      switch setting.value {
      case .scalar(let text): values[key] = ConfigValue(.string(text), isSecret: false)
      case .list(let items): values[key] = ConfigValue(.stringArray(items), isSecret: false)
      case .map, .tables: break
      }
    }
    return InMemoryProvider(name: name, values: values)
  }
}
