/// One configuration key: its dotted name, type, default and meaning, declared once.
///
/// Parsing, checking, the reference in docs/operations.md and the example file all come from here.
///
/// ```swift
/// static let port = Setting(
///   "listen.agents.port", .integer(in: 1...65_535), default: 7443, "Port of the agents listener.")
/// static let key = Setting.required("tls.key-file", .secretFile, "Private key (PEM).")
/// static let proxy = Setting.optional("proxy", .hostPort, "Proxy to dial through.")
/// ```
package struct Setting<Value: Sendable>: SettingDeclaration {
  package let name: String
  package let summary: String
  package let typeName: String
  package let isRequired: Bool
  package let defaultText: String?
  package let shape: SettingShape
  private let resolveRaw: @Sendable (RawSetting, SettingContext) throws(ConfigError) -> Value
  private let fallback: Value?

  private init(
    name: String, summary: String, typeName: String, isRequired: Bool, defaultText: String?,
    shape: SettingShape, fallback: Value?,
    resolveRaw: @escaping @Sendable (RawSetting, SettingContext) throws(ConfigError) -> Value
  ) {
    self.name = name
    self.summary = summary
    self.typeName = typeName
    self.isRequired = isRequired
    self.defaultText = defaultText
    self.shape = shape
    self.fallback = fallback
    self.resolveRaw = resolveRaw
  }

  /// A setting with a default.
  package init(
    _ name: String, _ type: SettingType<Value>, default value: Value, _ summary: String
  ) {
    self.init(
      name: name, summary: summary, typeName: type.name, isRequired: false,
      defaultText: type.render(value), shape: type.shape, fallback: value,
      resolveRaw: { raw, context throws(ConfigError) in
        try type.resolve(raw, name: name, context: context)
      })
  }

  /// A setting that must be given.
  package static func required(
    _ name: String, _ type: SettingType<Value>, _ summary: String
  ) -> Setting<Value> {
    Setting(
      name: name, summary: summary, typeName: type.name, isRequired: true, defaultText: nil,
      shape: type.shape, fallback: nil,
      resolveRaw: { raw, context throws(ConfigError) in
        try type.resolve(raw, name: name, context: context)
      })
  }

  /// A setting that may be left out; its value is nil then.
  package static func optional<Wrapped>(
    _ name: String, _ type: SettingType<Wrapped>, _ summary: String
  ) -> Setting<Wrapped?> where Value == Wrapped? {
    Setting<Wrapped?>(
      name: name, summary: summary, typeName: type.name, isRequired: false, defaultText: nil,
      shape: type.shape, fallback: .some(nil),
      resolveRaw: { raw, context throws(ConfigError) in
        try type.resolve(raw, name: name, context: context)
      })
  }

  package func resolve(
    _ raw: RawSetting?, in context: SettingContext
  ) throws(ConfigError) -> any Sendable {
    if let raw { return ResolvedSetting(value: try resolveRaw(raw, context)) }
    if let fallback { return ResolvedSetting(value: fallback) }
    throw context.missing(self)
  }
}

/// Keeps a value's static type through type erasure, also where it is an optional.
struct ResolvedSetting<Value: Sendable>: Sendable {
  let value: Value
}
