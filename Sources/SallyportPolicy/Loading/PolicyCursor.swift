package import SallyportConfig

/// A value of a policy file with the key under which it is, for messages that name both.
package struct PolicyCursor {
  package let node: YAMLNode
  /// For example `rules.3.refs`; empty for the whole file.
  package let key: String
  package let path: String

  package init(node: YAMLNode, key: String, path: String) {
    self.node = node
    self.key = key
    self.path = path
  }

  package func error(
    _ expected: String, found: String? = nil, hint: String? = nil, line: Int? = nil
  ) -> ConfigError {
    ConfigError(
      code: .invalidValue, origin: .file(path: path, line: line ?? node.line),
      key: key.isEmpty ? nil : key, expected: expected, found: found ?? node.shown, hint: hint)
  }

  /// The values by key.
  ///
  /// - Parameter explain: What is to be said of a key that is not known, beyond its nearest.
  package func table(
    _ known: [String], expected: String, explain: (String) -> String? = { _ in nil }
  ) throws(ConfigError) -> [String: PolicyCursor] {
    guard case .table(let entries) = node.value else { throw error(expected) }
    var result: [String: PolicyCursor] = [:]
    for entry in entries {
      guard known.contains(entry.key) else {
        throw ConfigError(
          code: .unknownKey, origin: .file(path: path, line: entry.line),
          key: name(of: entry.key), hint: explain(entry.key) ?? Self.hint(entry.key, known))
      }
      guard entry.value.value != .null else {
        throw PolicyCursor(node: entry.value, key: name(of: entry.key), path: path)
          .error("a value", hint: "leave the key out, or put the text in quotes")
      }
      result[entry.key] = PolicyCursor(node: entry.value, key: name(of: entry.key), path: path)
    }
    return result
  }

  /// Free keys with their lines.
  package func entries(_ expected: String) throws(ConfigError) -> [(
    key: String, value: PolicyCursor
  )] {
    guard case .table(let entries) = node.value else { throw error(expected) }
    return entries.map { entry in
      (entry.key, PolicyCursor(node: entry.value, key: name(of: entry.key), path: path))
    }
  }

  package func list(_ range: ClosedRange<Int>, of things: String) throws(ConfigError)
    -> [PolicyCursor]
  {
    let expected = "a list of \(range.lowerBound) to \(range.upperBound) \(things)"
    guard case .list(let items) = node.value else { throw error(expected) }
    guard range.contains(items.count) else { throw error(expected, found: "\(items.count)") }
    return items.enumerated().map { index, item in
      PolicyCursor(node: item, key: name(of: String(index)), path: path)
    }
  }

  /// One line of visible text.
  package func text(
    _ expected: String, length: ClosedRange<Int> = 1...AdmissionPolicy.maximumTextLength,
    hint: String? = nil
  ) throws(ConfigError) -> String {
    guard case .text(let text) = node.value else {
      let isNull = node.value == .null
      throw error(expected, hint: isNull ? "put the text in quotes" : hint)
    }
    guard length.contains(text.utf8.count) else {
      throw error(
        "\(expected), of \(length.lowerBound) to \(length.upperBound) bytes",
        found: "\(text.utf8.count) bytes")
    }
    guard !text.unicodeScalars.contains(where: ShownText.isUnsafe) else {
      throw error(expected, hint: "it has a character that cannot be seen")
    }
    return text
  }

  package func boolean() throws(ConfigError) -> Bool {
    switch node.value {
    case .text("true"): true
    case .text("false"): false
    default: throw error("true or false")
    }
  }

  package func name(of child: String) -> String { key.isEmpty ? child : "\(key).\(child)" }

  private static func hint(_ key: String, _ known: [String]) -> String {
    if let nearest = NearestName.nearest(to: key, among: known) {
      return "did you mean '\(nearest)'?"
    }
    return "known are \(known.joined(separator: ", "))"
  }
}
