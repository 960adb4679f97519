/// A value of a YAML file, with its line.
///
/// Read by ``YAMLTree``, for files whose shape is deeper than settings: rules, for example.
package struct YAMLNode: Hashable, Sendable {
  package indirect enum Value: Hashable, Sendable {
    /// As written, whether it looks like a number, a truth value or a text.
    case text(String)
    /// Nothing, or `null` or `~` without quotes.
    case null
    case list([YAMLNode])
    /// In the order of the file; no key occurs twice.
    case table([YAMLEntry])
  }

  package let value: Value
  package let line: Int

  package init(_ value: Value, line: Int) {
    self.value = value
    self.line = line
  }

  /// For error messages.
  package var shown: String {
    switch value {
    case .text(let text): "'\(ShownText.short(text))'"
    case .null: "nothing"
    case .list: "a list"
    case .table: "a table"
    }
  }
}

/// A key of a table and what it holds.
package struct YAMLEntry: Hashable, Sendable {
  package let key: String
  /// Of the key.
  package let line: Int
  package let value: YAMLNode

  package init(key: String, line: Int, value: YAMLNode) {
    self.key = key
    self.line = line
    self.value = value
  }
}
