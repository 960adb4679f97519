import Yams

/// A YAML file as a flat list of settings with their lines.
///
/// Stricter than swift-configuration's YAML snapshot, which knows neither lines nor lists of
/// tables: duplicate keys, several documents, null values and nesting in the wrong place are
/// errors. Nested and dotted keys are the same: `a: {b: 1}` and `a.b: 1`.
package struct ConfigDocument: Sendable {
  /// Bytes of the largest file that is read.
  package static let maximumSize = 1 << 20
  /// Nodes visited at most, so that aliases cannot multiply a small file without end.
  private static let maximumNodes = 100_000

  package let path: String
  package private(set) var settings: [String: RawSetting] = [:]
  private var visited = 0

  package init(path: String) throws(ConfigError) {
    let bytes: [UInt8]
    do {
      bytes = try BoundedFile.read(path, limit: Self.maximumSize)
    } catch {
      throw ConfigError(
        code: .unreadableFile, origin: .file(path: path, line: nil), found: "\(error)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigError(
        code: .malformedFile, origin: .file(path: path, line: nil), found: "not UTF-8")
    }
    try self.init(yaml: text, path: path)
  }

  package init(yaml: String, path: String) throws(ConfigError) {
    self.path = path
    guard let root = try Self.compose(yaml, path: path) else { return }
    // A file of nothing but comments.
    if let scalar = root.scalar, scalar.string.isEmpty || root.isNull { return }
    guard let mapping = root.mapping else {
      throw ConfigError(
        code: .malformedFile, origin: origin(of: root), found: "the top level is not a mapping")
    }
    settings = try flatten(mapping, prefix: "")
  }

  private static func compose(_ yaml: String, path: String) throws(ConfigError) -> Node? {
    do {
      return try Parser(yaml: yaml).singleRoot()
    } catch {
      let (line, problem) = YAMLProblem.describe(error)
      throw ConfigError(
        code: .malformedFile, origin: .file(path: path, line: line), found: problem)
    }
  }

  private mutating func flatten(
    _ mapping: Node.Mapping, prefix: String
  ) throws(ConfigError) -> [String: RawSetting] {
    var result: [String: RawSetting] = [:]
    for (keyNode, node) in mapping {
      try countNode(node)
      guard let key = keyNode.scalar?.string, !key.isEmpty else {
        throw ConfigError(
          code: .malformedFile, origin: origin(of: keyNode), found: "a key that is not a text")
      }
      let name = prefix + key
      let place = origin(of: keyNode)
      let found: [String: RawSetting] =
        if let nested = node.mapping, !nested.isEmpty {
          try flatten(nested, prefix: name + ".")
        } else {
          [name: RawSetting(try value(of: node, name: name), origin: place)]
        }
      for (name, setting) in found {
        guard result.updateValue(setting, forKey: name) == nil else {
          throw ConfigError(code: .duplicateKey, origin: setting.origin, key: name)
        }
      }
    }
    return result
  }

  private mutating func value(of node: Node, name: String) throws(ConfigError) -> RawValue {
    if let scalar = node.scalar {
      guard !node.isNull else {
        throw ConfigError(
          code: .invalidValue, origin: origin(of: node), key: name, expected: "a value",
          hint: "leave the key out to use its default")
      }
      return .scalar(scalar.string)
    }
    // Mappings with content are flattened and never come here.
    if node.mapping != nil { return .map([:]) }
    guard let sequence = node.sequence else {
      throw ConfigError(
        code: .malformedFile, origin: origin(of: node), found: "an alias that cannot be followed")
    }
    var texts: [String] = []
    var tables: [RawTable] = []
    for item in sequence {
      try countNode(item)
      if let scalar = item.scalar, !item.isNull {
        texts.append(scalar.string)
      } else if let mapping = item.mapping {
        tables.append(
          RawTable(settings: try flatten(mapping, prefix: ""), origin: origin(of: item)))
      } else {
        throw ConfigError(
          code: .invalidValue, origin: origin(of: item), key: name,
          expected: "texts or tables in the list",
          found: item.isNull ? "nothing" : "a list in a list")
      }
    }
    guard texts.isEmpty || tables.isEmpty else {
      throw ConfigError(
        code: .invalidValue, origin: origin(of: node), key: name,
        expected: "texts or tables in the list", found: "both")
    }
    return tables.isEmpty ? .list(texts) : .tables(tables)
  }

  private mutating func countNode(_ node: Node) throws(ConfigError) {
    visited += 1
    guard visited <= Self.maximumNodes else {
      throw ConfigError(
        code: .malformedFile, origin: origin(of: node), found: "more than 100,000 values")
    }
  }

  private func origin(of node: Node) -> ConfigOrigin {
    .file(path: path, line: node.mark?.line)
  }
}

extension Node {
  /// Whether the value is absent or spelled `null` or `~`, without quotes.
  fileprivate var isNull: Bool {
    guard let scalar else { return false }
    return scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}
