package import SallyportConfig
internal import SallyportCore

extension AdmissionPolicy {
  package static let version = "1"
  /// Bytes.
  package static let maximumFileSize = YAMLTree.maximumSize

  /// Reads a policy file.
  ///
  /// - Parameters:
  ///   - bytes: At most 1 MiB.
  ///   - path: For messages.
  ///   - program: Who will apply it: a key that it cannot evaluate is refused.
  /// - Throws: ``ConfigError`` with file, line, key and what was expected.
  package init(
    parsing bytes: [UInt8], path: String, for program: PolicyProgram
  ) throws(ConfigError) {
    guard let root = try YAMLTree.parse(bytes, path: path) else {
      throw ConfigError(
        code: .missingKey, origin: .file(path: path, line: nil), key: "version", expected: "1",
        hint: "the file is empty; an empty policy is 'version: 1' and 'rules: []'")
    }
    let file = PolicyCursor(node: root, key: "", path: path)
    let keys = try file.table(["version", "default", "rules"], expected: "version, default, rules")
    guard let version = keys["version"] else { throw Self.missing("version", "1", in: file) }
    guard case .text(Self.version) = version.node.value else {
      throw version.error("1, the version that this program knows")
    }
    guard let list = keys["rules"] else { throw Self.missing("rules", "a list of rules", in: file) }

    var rules: [PolicyRule] = []
    for cursor in try list.list(0...Self.maximumRules, of: "rules") {
      let rule = try RuleReader(program: program).rule(cursor)
      try Self.check(rule, after: rules, at: cursor)
      rules.append(rule)
    }
    self.init(
      program: program,
      defaultAction: try keys["default"].map { cursor throws(ConfigError) in
        try cursor.action()
      } ?? .deny,
      rules: rules)
  }

  private static func check(
    _ rule: PolicyRule, after rules: [PolicyRule], at cursor: PolicyCursor
  ) throws(ConfigError) {
    if let other = rules.first(where: { $0.name == rule.name }) {
      throw ConfigError(
        code: .duplicateKey, origin: .file(path: cursor.path, line: rule.line),
        key: cursor.name(of: "name"),
        hint: "rule '\(rule.name)' is in line \(other.line ?? 0) already; give each its own name")
    }
    if let earlier = rules.first(where: { $0.hides(rule) }) {
      throw cursor.error(
        "a rule that can be reached",
        found: earlier.matchers.isEmpty
          ? "one after rule '\(earlier.name)', which matches everything"
          : "the matchers of rule '\(earlier.name)', which comes first",
        hint: "the first rule that matches decides: remove this one, or move it up")
    }
  }

  private static func missing(
    _ key: String, _ expected: String, in file: PolicyCursor
  ) -> ConfigError {
    ConfigError(
      code: .missingKey, origin: .file(path: file.path, line: nil), key: key, expected: expected)
  }
}

extension PolicyRule {
  /// Whether a rule after this one can never decide.
  fileprivate func hides(_ other: PolicyRule) -> Bool {
    if matchers.isEmpty { return true }
    guard matchers == other.matchers else { return false }
    // What may be any ref is left to the one that denies.
    let hasRefs = matchers.contains { $0.key == .refs }
    return !hasRefs || action == other.action || action == .deny
  }
}

extension PolicyCursor {
  func action() throws(ConfigError) -> PolicyAction {
    guard case .text(let text) = node.value, let action = PolicyAction(rawValue: text) else {
      throw error("allow or deny")
    }
    return action
  }
}
