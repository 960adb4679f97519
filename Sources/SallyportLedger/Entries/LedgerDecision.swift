/// What the customer's side decided, and why.
package struct LedgerDecision: Hashable, Sendable {
  package let isAllowed: Bool
  /// The rule that decided; nil where it was not one of the admission policy.
  package let rule: String?
  package let reason: String?

  private init(isAllowed: Bool, rule: String?, reason: String?) {
    self.isAllowed = isAllowed
    self.rule = rule
    self.reason = reason
  }

  package static func allow(rule: String? = nil, reason: String? = nil) -> LedgerDecision {
    LedgerDecision(isAllowed: true, rule: rule, reason: reason)
  }

  package static func deny(rule: String? = nil, reason: String) -> LedgerDecision {
    LedgerDecision(isAllowed: false, rule: rule, reason: reason)
  }

  func write(to fields: inout LedgerFields) {
    fields.text("decision", isAllowed ? "allow" : "deny")
    fields.text("rule", rule)
    fields.text("reason", reason)
  }
}
