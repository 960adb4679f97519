internal import SallyportConfig
internal import SallyportCore

/// Reads one rule of a policy file.
struct RuleReader {
  let program: PolicyProgram

  func rule(_ cursor: PolicyCursor) throws(ConfigError) -> PolicyRule {
    let known = ["name", "action", "reason"] + MatcherKey.keys(of: program)
    let keys = try cursor.table(known, expected: "a rule: name, action and matchers") { key in
      guard MatcherKey(rawValue: key) != nil else { return nil }
      return "\(program.title) cannot tell: its rules have "
        + MatcherKey.keys(of: program).joined(separator: ", ")
    }
    let name = try name(try required("name", "a name", keys, of: cursor))
    let action = try required("action", "allow or deny", keys, of: cursor).action()
    let reason = try keys["reason"].map { cursor throws(ConfigError) in
      try cursor.text("a text on one line")
    }
    var matchers: [Matcher] = []
    let reader = MatcherReader(program: program, action: action)
    for key in MatcherKey.allCases {
      guard let cursor = keys[key.rawValue] else { continue }
      matchers.append(try reader.matcher(key, cursor))
    }
    if let refs = keys[MatcherKey.refs.rawValue],
      matchers.contains(.unadvertisedCommits(true))
    {
      throw refs.error(
        "no refs beside 'unadvertised-commits: true'", hint: "write two rules: a ref shows none")
    }
    return PolicyRule(
      name: name, action: action, reason: reason, line: cursor.node.line, matchers: matchers)
  }

  private func name(_ cursor: PolicyCursor) throws(ConfigError) -> RuleName {
    let expected = "1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit"
    guard case .text(let text) = cursor.node.value, let name = try? RuleName(text) else {
      throw cursor.error(expected)
    }
    guard !RuleName.reserved.contains(text) else {
      throw cursor.error(
        "another name", hint: "'\(text)' is what decisions without a rule are called")
    }
    return name
  }

  private func required(
    _ key: String, _ expected: String, _ keys: [String: PolicyCursor], of cursor: PolicyCursor
  ) throws(ConfigError) -> PolicyCursor {
    if let value = keys[key] { return value }
    throw ConfigError(
      code: .missingKey, origin: .file(path: cursor.path, line: cursor.node.line),
      key: cursor.name(of: key), expected: expected)
  }
}
