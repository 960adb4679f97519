internal import SallyportCore

/// One condition of a rule.
enum Matcher: Hashable, Sendable {
  case repositories(OptionalPatterns<RepositoryPattern>)
  case refs([RefPattern])
  case unadvertisedCommits(Bool)
  case commands([CommandPattern])
  case images(OptionalPatterns<PathPattern>)
  case environment(NameCondition)
  case secrets(NameCondition)
  case timeout(TimeoutCondition)
  case submitters(OptionalPatterns<PathPattern>)
  case signed(Bool)
  /// Key ids.
  case signers([String])
  case labels([LabelCondition])
  case workers([PathPattern])

  var key: MatcherKey {
    switch self {
    case .repositories: .repositories
    case .refs: .refs
    case .unadvertisedCommits: .unadvertisedCommits
    case .commands: .commands
    case .images: .images
    case .environment: .environment
    case .secrets: .secrets
    case .timeout: .timeout
    case .submitters: .submitters
    case .signed: .signed
    case .signers: .signers
    case .labels: .labels
    case .workers: .workers
    }
  }

  /// - Parameter action: Of the rule. What may be any ref matches a rule that denies some, and
  ///   only a rule that allows all.
  func holds(for facts: PolicyFacts, action: PolicyAction) -> Bool {
    switch self {
    case .repositories(let patterns):
      patterns.contains(facts.repository) { $0.matches($1) }
    case .refs(let patterns): Self.holds(patterns, for: facts.target, action: action)
    case .unadvertisedCommits(let wanted):
      facts.target.map { ($0 == .unadvertisedCommit) == wanted } ?? false
    case .commands(let patterns): patterns.contains { $0.matches(facts.command) }
    case .images(let patterns): patterns.contains(facts.image) { $0.matches($1) }
    case .environment(let condition): condition.holds(for: facts.environment)
    case .secrets(let condition): condition.holds(for: facts.secrets)
    case .timeout(let condition): condition.holds(for: facts.timeout)
    case .submitters(let patterns): patterns.contains(facts.submitter) { $0.matches($1) }
    case .signed(let wanted): facts.signers.isEmpty != wanted
    case .signers(let ids): facts.signers.contains { ids.contains($0) }
    case .labels(let conditions): conditions.allSatisfy { $0.holds(for: facts.labels) }
    case .workers(let patterns):
      facts.worker.map { worker in patterns.contains { $0.matches(worker) } } ?? false
    }
  }

  private static func holds(
    _ patterns: [RefPattern], for target: GitTarget?, action: PolicyAction
  ) -> Bool {
    switch target {
    case nil: false
    case .ref(let name) where name != "HEAD": patterns.contains { $0.matches(name) }
    case .ref: action == .deny || patterns.contains { $0.matches("HEAD") }
    case .unadvertisedCommit: action == .deny || patterns.contains { $0.form == .every }
    }
  }
}
