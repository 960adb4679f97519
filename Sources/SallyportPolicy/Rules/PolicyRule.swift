/// A rule of a policy: what it does where all its matchers hold.
package struct PolicyRule: Hashable, Sendable {
  package let name: RuleName
  package let action: PolicyAction
  /// One line for the customer. Never shown to the submitter.
  package let reason: String?
  /// In the file; nil where the policy came from elsewhere.
  package let line: Int?
  /// One at most of each key, in the order of ``MatcherKey``.
  let matchers: [Matcher]

  init(
    name: RuleName, action: PolicyAction, reason: String? = nil, line: Int? = nil,
    matchers: [Matcher] = []
  ) {
    self.name = name
    self.action = action
    self.reason = reason
    self.line = line
    self.matchers = matchers
  }

  func matches(_ facts: PolicyFacts) -> Bool {
    matchers.allSatisfy { $0.holds(for: facts, action: action) }
  }
}
