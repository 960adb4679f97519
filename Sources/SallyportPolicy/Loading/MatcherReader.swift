internal import SallyportBytes
internal import SallyportConfig

/// Reads the matchers of a rule.
struct MatcherReader {
  let program: PolicyProgram
  let action: PolicyAction

  func matcher(_ key: MatcherKey, _ cursor: PolicyCursor) throws(ConfigError) -> Matcher {
    switch key {
    case .repositories: .repositories(try repositories(cursor))
    case .refs: .refs(try refs(cursor))
    case .unadvertisedCommits: .unadvertisedCommits(try cursor.boolean())
    case .commands: .commands(try commands(cursor))
    case .images:
      .images(try optional(cursor, "an image pattern such as registry.example/ci/*"))
    case .environment: .environment(try names(cursor, "names of variables such as CI_*"))
    case .secrets: .secrets(try names(cursor, "names of secrets such as deploy-*"))
    case .timeout: .timeout(try timeout(cursor))
    case .submitters: .submitters(try submitters(cursor))
    case .signed: .signed(try cursor.boolean())
    case .signers: .signers(try signers(cursor))
    case .labels: .labels(try labels(cursor))
    case .workers: .workers(try paths(cursor, Self.identity, prefix: "spiffe://").patterns)
    }
  }

  private static let identity = "a pattern of SPIFFE IDs such as spiffe://example.com/worker/*"
  private static let limit = 1...AdmissionPolicy.maximumPatterns

  private func repositories(
    _ cursor: PolicyCursor
  ) throws(ConfigError) -> OptionalPatterns<RepositoryPattern> {
    let expected = "a repository pattern such as team/* or team/**"
    // A fetch has a repository always.
    return try patterns(cursor, expected, acceptsNone: program == .worker) {
      text throws(PatternProblem) in
      do throws(InvalidPattern) {
        return try RepositoryPattern(text)
      } catch {
        throw PatternProblem(reason: error.reason)
      }
    }
  }

  private func refs(_ cursor: PolicyCursor) throws(ConfigError) -> [RefPattern] {
    let expected = "a pattern of full ref names such as refs/heads/main or refs/tags/**"
    return try patterns(cursor, expected, acceptsNone: false) { text throws(PatternProblem) in
      try RefPattern(text)
    }.patterns
  }

  private func optional(
    _ cursor: PolicyCursor, _ expected: String, prefix: String = ""
  ) throws(ConfigError) -> OptionalPatterns<PathPattern> {
    try paths(cursor, expected, prefix: prefix, acceptsNone: true)
  }

  private func submitters(
    _ cursor: PolicyCursor
  ) throws(ConfigError) -> OptionalPatterns<PathPattern> {
    let expected = "a pattern of operators' names such as ci-*"
    return try patterns(cursor, expected, acceptsNone: true) { text throws(PatternProblem) in
      guard !text.utf8.contains(UInt8(ascii: "/")) else {
        throw PatternProblem(reason: "it is a name, without '/': not a SPIFFE ID")
      }
      return try PathPattern(text)
    }
  }

  private func paths(
    _ cursor: PolicyCursor, _ expected: String, prefix: String = "", acceptsNone: Bool = false
  ) throws(ConfigError) -> OptionalPatterns<PathPattern> {
    try patterns(cursor, expected, acceptsNone: acceptsNone) { text throws(PatternProblem) in
      guard text.utf8.starts(with: prefix.utf8) else {
        throw PatternProblem(reason: "it begins with \(prefix)")
      }
      return try PathPattern(text)
    }
  }

  private func patterns<Pattern>(
    _ cursor: PolicyCursor, _ expected: String, acceptsNone: Bool,
    _ parse: (String) throws(PatternProblem) -> Pattern
  ) throws(ConfigError) -> OptionalPatterns<Pattern> {
    var patterns: [Pattern] = []
    var matchesNone = false
    for item in try cursor.list(Self.limit, of: "patterns") {
      let text = try item.text(expected)
      if acceptsNone, text == OptionalPatterns<Pattern>.none {
        matchesNone = true
        continue
      }
      do {
        patterns.append(try parse(text))
      } catch {
        throw item.error(expected, hint: error.reason)
      }
    }
    return OptionalPatterns(patterns: patterns, matchesNone: matchesNone)
  }

  private func commands(_ cursor: PolicyCursor) throws(ConfigError) -> [CommandPattern] {
    let expected = "a command as a list of its arguments, such as [make, test, \"**\"]"
    var commands: [CommandPattern] = []
    for item in try cursor.list(Self.limit, of: "commands") {
      guard case .list = item.node.value else {
        throw item.error(expected, hint: "each command is a list of its own: a list in the list")
      }
      var elements: [String] = []
      for element in try item.list(1...CommandPattern.maximumElements, of: "arguments") {
        elements.append(
          try element.text("an argument", length: 0...AdmissionPolicy.maximumTextLength))
      }
      do {
        commands.append(try CommandPattern(elements))
      } catch {
        throw item.error(expected, hint: error.reason)
      }
    }
    return commands
  }

  private func names(
    _ cursor: PolicyCursor, _ things: String
  ) throws(ConfigError) -> NameCondition {
    let (wanted, other, why) =
      switch action {
      case .allow:
        ("only", "any", "a rule that allows lists all names that the job may have ('only')")
      case .deny: ("any", "only", "a rule that denies lists names that no job may have ('any')")
      }
    let expected = "{\(wanted): [\(things)]}"
    let keys = try cursor.table([wanted], expected: expected) { $0 == other ? why : nil }
    guard let list = keys[wanted] else { throw cursor.error(expected, found: "an empty table") }
    var texts: [String] = []
    let least = action == .allow ? 0 : 1
    for item in try list.list(least...AdmissionPolicy.maximumPatterns, of: things) {
      let text = try item.text("a name or a pattern of names")
      do {
        _ = try NamePatterns([text])
      } catch {
        throw item.error("a name or a pattern of names", hint: error.reason)
      }
      texts.append(text)
    }
    do {
      let patterns = try NamePatterns(texts)
      return action == .allow ? .only(patterns) : .any(patterns)
    } catch {
      throw list.error(expected, hint: error.reason)
    }
  }

  private func timeout(_ cursor: PolicyCursor) throws(ConfigError) -> TimeoutCondition {
    let expected = "{at-most: 30m} or {over: 30m}"
    let keys = try cursor.table(["at-most", "over"], expected: expected)
    guard keys.count == 1, let (key, value) = keys.first else {
      throw cursor.error(expected, found: keys.isEmpty ? "an empty table" : "both")
    }
    guard case .text(let text) = value.node.value, let bound = try? DurationText.parse(text) else {
      throw value.error(DurationText.expected)
    }
    return key == "over" ? .over(bound) : .atMost(bound)
  }

  private func signers(_ cursor: PolicyCursor) throws(ConfigError) -> [String] {
    var ids: [String] = []
    for item in try cursor.list(Self.limit, of: "key ids") {
      guard case .text(let text) = item.node.value, text.isHexadecimal(digits: 64) else {
        throw item.error("a key id: 64 lower-case hexadecimal digits")
      }
      ids.append(text)
    }
    return ids
  }

  private func labels(_ cursor: PolicyCursor) throws(ConfigError) -> [LabelCondition] {
    let expected = "a table of labels and patterns, such as {zone: eu-*}"
    let entries = try cursor.entries(expected)
    guard Self.limit.contains(entries.count) else {
      throw cursor.error(expected, found: "\(entries.count) of them")
    }
    var conditions: [LabelCondition] = []
    for (name, value) in entries {
      guard (1...AdmissionPolicy.maximumTextLength).contains(name.utf8.count),
        !name.unicodeScalars.contains(where: ShownText.isUnsafe)
      else { throw value.error("a label's name of at most 512 bytes", found: "another") }
      var texts: [String] = []
      if case .list = value.node.value {
        for item in try value.list(Self.limit, of: "patterns") {
          texts.append(try label(item))
        }
      } else {
        texts = [try label(value)]
      }
      conditions.append(LabelCondition(name: name, values: texts))
    }
    return conditions
  }

  /// The empty text matches a label without a value.
  private func label(_ cursor: PolicyCursor) throws(ConfigError) -> String {
    let text = try cursor.text(
      "a pattern or a list of patterns", length: 0...AdmissionPolicy.maximumTextLength)
    guard !text.contains("**") else {
      throw cursor.error(
        "a pattern", hint: "'*' stands for any run of characters already")
    }
    return text
  }
}
