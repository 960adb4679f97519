/// How one kind of value is parsed, rendered and described.
package struct SettingType<Value: Sendable>: Sendable {
  /// Why a value was refused: what was found instead, and what to do about it.
  package struct Refusal: Error {
    package var code = ConfigError.Code.invalidValue
    package var found: String?
    package var hint: String?
    package var origin: ConfigOrigin?
    package var expected: String?
    package var key: String?

    package init(found: String? = nil, hint: String? = nil) {
      self.found = found
      self.hint = hint
    }
  }

  /// For the reference, for example "integer, 1 to 65,535".
  package let name: String
  /// For errors, for example "a whole number from 1 to 65,535".
  package let expected: String
  package let shape: SettingShape
  package let render: @Sendable (Value) -> String
  let parse: @Sendable (RawSetting, SettingContext) throws(Refusal) -> Value

  init(
    name: String, expected: String, shape: SettingShape,
    render: @escaping @Sendable (Value) -> String,
    parse: @escaping @Sendable (RawSetting, SettingContext) throws(Refusal) -> Value
  ) {
    self.name = name
    self.expected = expected
    self.shape = shape
    self.render = render
    self.parse = parse
  }

  /// A type of one's own over a scalar. `parse` returns nil where the text is not acceptable.
  package static func scalar(
    name: String, expected: String, render: @escaping @Sendable (Value) -> String,
    parse: @escaping @Sendable (String) -> Value?
  ) -> SettingType {
    SettingType(name: name, expected: expected, shape: .scalar, render: render) {
      raw, _ throws(Refusal) in
      guard case .scalar(let text) = raw.value, let value = parse(text) else { throw Refusal() }
      return value
    }
  }

  func resolve(
    _ raw: RawSetting, name: String, context: SettingContext
  ) throws(ConfigError) -> Value {
    do {
      return try parse(raw, context)
    } catch {
      throw ConfigError(
        code: error.code, origin: error.origin ?? raw.origin,
        key: error.key.map { "\(name).\($0)" } ?? name, expected: error.expected ?? expected,
        found: error.found ?? raw.value.shown, hint: error.hint)
    }
  }
}
