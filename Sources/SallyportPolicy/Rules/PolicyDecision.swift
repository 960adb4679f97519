/// What a policy says about a job or a fetch, and why.
package struct PolicyDecision: Hashable, Sendable {
  package enum Source: Hashable, Sendable, CustomStringConvertible {
    case rule(RuleName)
    /// No rule matches.
    case `default`
    /// The customer's Open Policy Agent.
    case openPolicyAgent
    /// What is asked for cannot be judged: always denied.
    case invalid

    package var description: String {
      switch self {
      case .rule(let name): name.rawValue
      case .default: "default"
      case .openPolicyAgent: "opa"
      case .invalid: "invalid"
      }
    }
  }

  package let action: PolicyAction
  package let source: Source
  /// For the customer's log and ledger. Never for the submitter.
  package let reason: String?
  /// Of an allowed job that names a ref: the full names that the worker may check out.
  package let refs: [String]
  /// Where an Open Policy Agent was asked.
  package let reference: PolicyReference?

  package init(
    action: PolicyAction, source: Source, reason: String? = nil, refs: [String] = [],
    reference: PolicyReference? = nil
  ) {
    self.action = action
    self.source = source
    self.reason = reason
    self.refs = refs
    self.reference = reference
  }

  init(_ rule: PolicyRule) {
    self.init(action: rule.action, source: .rule(rule.name), reason: rule.reason)
  }

  /// - Parameter reason: What cannot be judged.
  package static func invalid(_ reason: String) -> PolicyDecision {
    PolicyDecision(action: .deny, source: .invalid, reason: reason)
  }

  package var isAllowed: Bool { action == .allow }

  /// What the submitter is told of a denial: the rule's name and nothing of its contents.
  package var refusal: String { "denied by customer policy: \(source)" }

  func with(refs: [String]) -> PolicyDecision {
    PolicyDecision(
      action: action, source: source, reason: reason, refs: refs, reference: reference)
  }
}
