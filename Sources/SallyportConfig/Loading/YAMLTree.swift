import Yams

/// Reads a YAML file as a tree, for files in which nobody must be surprised.
///
/// Accepted is what all readers of YAML agree about and a person can follow from top to bottom:
/// tables, lists, texts on one line, comments. ``YAMLScan`` refuses the rest before the YAML
/// library sees it, so that neither nesting nor aliases can cost more than the file's size.
package enum YAMLTree {
  /// Bytes of the largest file that is read.
  package static let maximumSize = 1 << 20
  /// Lists and tables within each other.
  package static let maximumDepth = 16

  /// - Parameter path: For messages.
  /// - Returns: Nil where the file has nothing but comments.
  package static func parse(_ bytes: [UInt8], path: String) throws(ConfigError) -> YAMLNode? {
    guard bytes.count <= maximumSize else {
      throw ConfigError(
        code: .unreadableFile, origin: .file(path: path, line: nil),
        found: "larger than \(ByteSizeText.format(maximumSize))")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigError(
        code: .malformedFile, origin: .file(path: path, line: nil), found: "not UTF-8")
    }
    do {
      try YAMLScan.check(text)
    } catch {
      throw ConfigError(
        code: .invalidValue, origin: .file(path: path, line: error.line),
        expected: error.expected, found: error.found, hint: error.hint)
    }
    let root: Node?
    do {
      root = try Parser(yaml: text, encoding: .utf8).singleRoot()
    } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
      throw ConfigError(
        code: .duplicateKey, origin: .file(path: path, line: context.mark.line), key: keys.first)
    } catch {
      let (line, problem) = YAMLProblem.describe(error)
      throw ConfigError(
        code: .malformedFile, origin: .file(path: path, line: line), found: problem)
    }
    guard let root else { return nil }
    var conversion = Conversion(bytes, path: path)
    let tree = try conversion.convert(root, depth: 0)
    return tree.value == .null ? nil : tree
  }

  /// From the library's nodes to ours.
  private struct Conversion {
    private let bytes: [UInt8]
    private let path: String
    /// Where in the bytes a line and column are; moves forward only, as the nodes do.
    private var place = (line: 1, column: 1, index: 0)

    init(_ bytes: [UInt8], path: String) {
      self.bytes = bytes
      self.path = path
    }

    mutating func convert(_ node: Node, depth: Int) throws(ConfigError) -> YAMLNode {
      let line = node.mark?.line ?? 1
      switch node {
      case .scalar(let scalar):
        return YAMLNode(try value(of: scalar, line: line), line: line)
      case .sequence(let sequence):
        try check(depth, line: line)
        var items: [YAMLNode] = []
        for item in sequence { items.append(try convert(item, depth: depth + 1)) }
        return YAMLNode(.list(items), line: line)
      case .mapping(let mapping):
        try check(depth, line: line)
        return YAMLNode(.table(try entries(of: mapping, depth: depth)), line: line)
      case .alias:
        throw error(line, expected: "values", found: "an alias")
      }
    }

    private mutating func entries(
      of mapping: Node.Mapping, depth: Int
    ) throws(ConfigError) -> [YAMLEntry] {
      var entries: [YAMLEntry] = []
      var keys: Set<String> = []
      for (keyNode, node) in mapping {
        let line = keyNode.mark?.line ?? 1
        guard let scalar = keyNode.scalar, !scalar.string.isEmpty else {
          throw error(line, expected: "a text as the key", found: "none")
        }
        if scalar.style == .plain { try checkIsOnOneLine(scalar, line: line) }
        // The library takes `1` and `"1"` for two keys.
        guard keys.insert(scalar.string).inserted else {
          throw ConfigError(
            code: .duplicateKey, origin: .file(path: path, line: line), key: scalar.string)
        }
        entries.append(
          YAMLEntry(
            key: scalar.string, line: line, value: try convert(node, depth: depth + 1)))
      }
      return entries
    }

    private mutating func value(
      of scalar: Node.Scalar, line: Int
    ) throws(ConfigError) -> YAMLNode.Value {
      guard scalar.style == .plain else { return .text(scalar.string) }
      if ["", "~", "null", "Null", "NULL"].contains(scalar.string) { return .null }
      try checkIsOnOneLine(scalar, line: line)
      return .text(scalar.string)
    }

    /// A text without quotes that goes on in the next line is joined to something that is nowhere
    /// in the file.
    private mutating func checkIsOnOneLine(
      _ scalar: Node.Scalar, line: Int
    ) throws(ConfigError) {
      guard let mark = scalar.mark, bytes[index(of: mark)...].starts(with: scalar.string.utf8)
      else {
        throw error(
          line, expected: "a text on one line", found: "one that goes on in the next line",
          hint: "is the next line indented too far?")
      }
    }

    private mutating func index(of mark: Mark) -> Int {
      while place.line < mark.line, place.index < bytes.count {
        if bytes[place.index] == UInt8(ascii: "\n") { place = (place.line + 1, 1, place.index) }
        place.index += 1
      }
      while place.column < mark.column, place.index < bytes.count {
        place.index += 1
        // Columns are counted in scalars.
        while place.index < bytes.count, bytes[place.index] & 0xC0 == 0x80 { place.index += 1 }
        place.column += 1
      }
      return place.index
    }

    private func check(_ depth: Int, line: Int) throws(ConfigError) {
      guard depth < maximumDepth else {
        throw error(
          line, expected: "at most \(maximumDepth) lists and tables within each other",
          found: "more")
      }
    }

    private func error(
      _ line: Int, expected: String, found: String, hint: String? = nil
    ) -> ConfigError {
      ConfigError(
        code: .invalidValue, origin: .file(path: path, line: line), expected: expected,
        found: found, hint: hint)
    }
  }
}
