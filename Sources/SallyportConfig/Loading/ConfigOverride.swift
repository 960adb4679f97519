/// A value given by a command-line flag.
package struct ConfigOverride: Hashable, Sendable {
  /// As typed, for messages.
  package let flag: String
  package let name: String
  package let text: String

  package init(flag: String, name: String, text: String) {
    self.flag = flag
    self.name = name
    self.text = text
  }

  /// Parses the argument of `--set KEY=VALUE`.
  package init(assignment: String) throws(ConfigError) {
    guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
      throw ConfigError(
        code: .invalidValue, origin: .flag("--set"), expected: "KEY=VALUE",
        found: "'\(assignment)'")
    }
    self.init(
      flag: "--set", name: String(assignment[..<equals]),
      text: String(assignment[assignment.index(after: equals)...]))
  }
}
