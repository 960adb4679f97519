/// Settings by name, and the checks that need no value: is the key known, is it written as its type
/// is written.
struct SettingIndex: Sendable {
  private let byName: [String: any SettingDeclaration]

  init(_ settings: [any SettingDeclaration]) {
    byName = Dictionary(settings.map { ($0.name, $0) }) { first, _ in
      preconditionFailure("setting '\(first.name)' is declared twice")
    }
  }

  subscript(name: String) -> (any SettingDeclaration)? { byName[name] }

  func check(_ name: String, raw: RawSetting) throws(ConfigError) {
    guard let setting = byName[name] else {
      throw unknown(name, origin: raw.origin)
    }
    switch (setting.shape, raw.value) {
    case (.scalar, .scalar), (.list, .list), (.tables, .tables): return
    case (.list, .tables(let tables)) where tables.isEmpty: return
    case (.tables, .list(let items)) where items.isEmpty: return
    default:
      throw ConfigError(
        code: .invalidValue, origin: raw.origin, key: name, expected: setting.typeName,
        found: raw.value.shown)
    }
  }

  func unknown(_ name: String, origin: ConfigOrigin) -> ConfigError {
    let nearest = NearestName.nearest(to: name, among: byName.keys)
    // A key where a group of keys was expected: show what the group holds.
    let below = byName.keys.filter { $0.hasPrefix(name + ".") }.sorted()
    let hint =
      nearest.map { "did you mean '\($0)'?" }
      ?? (below.isEmpty ? nil : "it holds " + below.prefix(5).joined(separator: ", "))
    return ConfigError(code: .unknownKey, origin: origin, key: name, hint: hint)
  }
}
