internal import SallyportConfig
internal import SallyportCore

extension Matcher {
  /// What the matcher wants, as one line.
  var shownWish: String {
    switch self {
    case .repositories(let patterns): Self.list(patterns.texts)
    case .refs(let patterns): Self.list(patterns.map(\.text))
    case .unadvertisedCommits(let wanted), .signed(let wanted): wanted ? "true" : "false"
    case .commands(let patterns):
      patterns.map { Self.command($0.elements) }.joined(separator: ", ")
    case .images(let patterns), .submitters(let patterns): Self.list(patterns.texts)
    case .environment(let condition), .secrets(let condition):
      switch condition {
      case .only(let names): names.texts.isEmpty ? "none" : "only \(Self.list(names.texts))"
      case .any(let names): "any of \(Self.list(names.texts))"
      }
    case .timeout(.atMost(let bound)): "at most \(DurationText.format(bound))"
    case .timeout(.over(let bound)): "over \(DurationText.format(bound))"
    case .signers(let ids): Self.list(ids)
    case .labels(let conditions):
      conditions.map { "\($0.name)=\($0.values.joined(separator: "|"))" }.joined(separator: ", ")
    case .workers(let patterns): Self.list(patterns.map(\.text))
    }
  }

  /// What it looks at, as one line of bounded length.
  func shownFact(_ facts: PolicyFacts) -> String {
    let text =
      switch self {
      case .repositories: facts.repository?.rawValue ?? "none"
      case .refs, .unadvertisedCommits: facts.target?.shown ?? "no checkout"
      case .commands: Self.command(facts.command)
      case .images: facts.image ?? "none"
      case .environment(let condition): Self.list(condition.witnesses(in: facts.environment))
      case .secrets(let condition): Self.list(condition.witnesses(in: facts.secrets))
      case .timeout: facts.timeout.map(DurationText.format) ?? "none"
      case .submitters: facts.submitter ?? "none"
      case .signed: facts.signers.isEmpty ? "false" : "true"
      case .signers: Self.list(facts.signers)
      case .labels:
        Self.list(facts.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
      case .workers: facts.worker ?? "none"
      }
    return ShownText.short(text, limit: 200)
  }

  static func command(_ elements: [String]) -> String {
    "[" + elements.map { String(reflecting: $0) }.joined(separator: ", ") + "]"
  }

  private static func list(_ texts: [String]) -> String {
    texts.isEmpty ? "none" : texts.joined(separator: ", ")
  }
}

extension GitTarget {
  /// For people.
  var shown: String {
    switch self {
    case .ref(let name): name
    case .unadvertisedCommit: "a commit that no ref shows"
    }
  }
}
