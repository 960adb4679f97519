/// A value as written, before its type is known.
package indirect enum RawValue: Hashable, Sendable {
  case scalar(String)
  case list([String])
  /// Free keys with texts.
  case map([String: String])
  case tables([RawTable])

  /// For error messages.
  var shown: String {
    switch self {
    case .scalar(let text): "'\(ShownText.short(text))'"
    case .list: "a list"
    case .map: "a table"
    case .tables: "a list of tables"
    }
  }
}

/// A raw value and where it came from.
package struct RawSetting: Hashable, Sendable {
  package let value: RawValue
  package let origin: ConfigOrigin

  package init(_ value: RawValue, origin: ConfigOrigin) {
    self.value = value
    self.origin = origin
  }
}

/// One element of a list of tables.
package struct RawTable: Hashable, Sendable {
  /// By dotted name.
  package let settings: [String: RawSetting]
  package let origin: ConfigOrigin

  package init(settings: [String: RawSetting], origin: ConfigOrigin) {
    self.settings = settings
    self.origin = origin
  }
}
