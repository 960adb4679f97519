/// A rule, seen by one caller in one repository: which refs are left to it.
struct RefStep {
  let decision: PolicyDecision
  /// Nil for every ref but `HEAD`.
  let patterns: [PathGlob]?

  /// Nil where the rule says nothing about refs in this repository, to this caller.
  init?(_ rule: PolicyRule, facts: PolicyFacts) {
    var patterns: [PathGlob]?
    for matcher in rule.matchers {
      switch matcher {
      case .refs(let all):
        let isEvery = all.contains { $0.form == .every }
        patterns =
          isEvery
          ? nil
          : all.compactMap { if case .path(let glob) = $0.form { glob } else { nil } }
      case .unadvertisedCommits(let wanted):
        if wanted { return nil }
      default:
        guard matcher.holds(for: facts, action: rule.action) else { return nil }
      }
    }
    decision = PolicyDecision(rule)
    self.patterns = patterns
  }

  /// Whether every ref below these segments is allowed for sure by steps, and then by what is last.
  static func allowsEverything(
    below prefix: [String], _ steps: [RefStep], last: PolicyDecision
  ) -> Bool {
    for step in steps {
      let patterns = step.patterns ?? []
      if step.decision.isAllowed {
        if patterns.contains(where: { $0.matchesEverything(below: prefix) }) { return true }
      } else if patterns.contains(where: { $0.mayMatch(below: prefix) }) {
        return false
      }
    }
    return last.isAllowed
  }

  /// Whether one of the steps allows what none before it denies for sure.
  static func allowsSomething(_ steps: [RefStep]) -> Bool {
    var denied: [PathGlob] = []
    for step in steps {
      let patterns = step.patterns ?? []
      if !step.decision.isAllowed {
        denied += patterns
      } else if patterns.contains(where: { pattern in
        !denied.contains { $0.covers(pattern) }
      }) {
        return true
      }
    }
    return false
  }
}
