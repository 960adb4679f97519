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

  /// The settings with the keys below each map gathered into one value.
  func gatheringMaps(
    _ settings: [String: RawSetting]
  ) throws(ConfigError) -> [String: RawSetting] {
    var result = settings
    for map in byName.values {
      guard case .map = map.shape else { continue }
      let prefix = map.name + "."
      let below = settings.filter { $0.key.hasPrefix(prefix) }
      guard !below.isEmpty else { continue }
      var texts: [String: String] = [:]
      var origin = ConfigOrigin.defaultValue
      for (name, raw) in below.sorted(by: { $0.key < $1.key }) {
        guard case .scalar(let text) = raw.value else {
          throw ConfigError(
            code: .invalidValue, origin: raw.origin, key: name, expected: "a text",
            found: raw.value.shown)
        }
        if texts.isEmpty { origin = raw.origin }
        texts[String(name.dropFirst(prefix.count))] = text
        result[name] = nil
      }
      result[map.name] = RawSetting(.map(texts), origin: origin)
    }
    return result
  }

  func check(_ name: String, raw: RawSetting) throws(ConfigError) {
    guard let setting = byName[name] else {
      // A group of keys that is empty.
      if case .map(let map) = raw.value, map.isEmpty, !names(below: name).isEmpty { return }
      throw unknown(name, origin: raw.origin)
    }
    switch (setting.shape, raw.value) {
    case (.scalar, .scalar), (.list, .list), (.map, .map), (.tables, .tables): return
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
    let below = names(below: name)
    let hint =
      nearest.map { "did you mean '\($0)'?" }
      ?? (below.isEmpty ? nil : "it holds " + below.prefix(5).joined(separator: ", "))
    return ConfigError(code: .unknownKey, origin: origin, key: name, hint: hint)
  }

  private func names(below group: String) -> [String] {
    byName.keys.filter { $0.hasPrefix(group + ".") }.sorted()
  }
}
