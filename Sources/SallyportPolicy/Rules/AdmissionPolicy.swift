/// What a worker runs, or a VCS agent serves: ordered rules of the customer, of which the first that
/// matches decides.
///
/// It wins over whatever the gateway says. Where no rule matches, the default decides, which is to
/// deny unless the policy says otherwise.
package struct AdmissionPolicy: Hashable, Sendable {
  package static let maximumRules = 1_000
  /// Patterns of one matcher.
  package static let maximumPatterns = 256
  /// Bytes of a pattern, and of a reason.
  package static let maximumTextLength = 512

  package let program: PolicyProgram
  package let defaultAction: PolicyAction
  package let rules: [PolicyRule]

  init(program: PolicyProgram, defaultAction: PolicyAction, rules: [PolicyRule]) {
    self.program = program
    self.defaultAction = defaultAction
    self.rules = rules
  }

  /// Whether everything is denied, whatever is asked.
  package var allowsNothing: Bool {
    defaultAction == .deny && rules.allSatisfy { $0.action == .deny }
  }

  /// The policy of a VCS agent that has a list of repositories and no policy file: every ref and
  /// commit of those, and of no other.
  package init(repositories: [RepositoryPattern]) {
    let rule = PolicyRule(
      name: RuleName(unchecked: "repositories"), action: .allow,
      matchers: [
        .repositories(OptionalPatterns(patterns: repositories, matchesNone: false))
      ])
    self.init(
      program: .agent, defaultAction: .deny, rules: repositories.isEmpty ? [] : [rule])
  }

  /// The policy of a worker without a policy file.
  package static let unrestrictedWorker = AdmissionPolicy(
    program: .worker, defaultAction: .allow, rules: [])
}
