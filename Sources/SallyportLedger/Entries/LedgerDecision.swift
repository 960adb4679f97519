/// What the customer's side decided, and why.
package struct LedgerDecision: Hashable, Sendable {
  package let isAllowed: Bool
  /// The rule that decided; nil where it was not one of the admission policy.
  package let rule: String?
  package let reason: String?
  /// Nil where none was asked.
  package let policyAgent: PolicyAgent?

  /// What an Open Policy Agent was asked, and where its own log has the answer.
  package struct PolicyAgent: Hashable, Sendable {
    package let path: String
    package let decisionID: String?

    package init(path: String, decisionID: String?) {
      self.path = path
      self.decisionID = decisionID
    }
  }

  private init(isAllowed: Bool, rule: String?, reason: String?, policyAgent: PolicyAgent?) {
    self.isAllowed = isAllowed
    self.rule = rule
    self.reason = reason
    self.policyAgent = policyAgent
  }

  package static func allow(
    rule: String? = nil, reason: String? = nil, policyAgent: PolicyAgent? = nil
  ) -> LedgerDecision {
    LedgerDecision(isAllowed: true, rule: rule, reason: reason, policyAgent: policyAgent)
  }

  package static func deny(
    rule: String? = nil, reason: String, policyAgent: PolicyAgent? = nil
  ) -> LedgerDecision {
    LedgerDecision(isAllowed: false, rule: rule, reason: reason, policyAgent: policyAgent)
  }

  func write(to fields: inout LedgerFields) {
    fields.text("decision", isAllowed ? "allow" : "deny")
    fields.text("rule", rule)
    fields.text("reason", reason)
    fields.text("opa_path", policyAgent?.path)
    fields.text("opa_decision_id", policyAgent?.decisionID)
  }
}
