/// A configuration that a process must not start with; it ends with exit code 78.
///
/// The description is one line that names the place (file and line, variable or flag), the key,
/// what was expected and what was found. It never holds a secret: settings hold paths of secrets.
package struct ConfigError: Error, Hashable {
  package enum Code: Hashable, Sendable {
    case unknownKey, duplicateKey, invalidValue, missingKey
    case unreadableFile, malformedFile, unsafeFile
  }

  package let code: Code
  package let origin: ConfigOrigin?
  package let key: String?
  package let expected: String?
  package let found: String?
  /// What to do next.
  package let hint: String?

  package init(
    code: Code, origin: ConfigOrigin?, key: String? = nil, expected: String? = nil,
    found: String? = nil, hint: String? = nil
  ) {
    self.code = code
    self.origin = origin
    self.key = key
    self.expected = expected
    self.found = found
    self.hint = hint
  }
}

extension ConfigError: CustomStringConvertible {
  package var description: String {
    let place = origin.map { "\($0): " } ?? ""
    let name = key.map { ShownText.short($0) } ?? ""
    let found = found.map { ShownText.short($0, limit: 200) } ?? "nothing"
    let statement =
      switch code {
      case .unknownKey: "unknown key '\(name)'"
      case .duplicateKey: "key '\(name)' is given more than once"
      case .invalidValue, .unsafeFile:
        "\(name.isEmpty ? "" : name + ": ")expected \(expected ?? "another value"), found \(found)"
      case .missingKey: "\(name) is required: \(expected ?? "a value")"
      case .unreadableFile: "cannot be read: \(found)"
      case .malformedFile: "not valid YAML: \(found)"
      }
    return place + statement + (hint.map { "; \($0)" } ?? "")
  }
}
