/// Where a decision is found in the customer's Open Policy Agent: in its policy, and in its own log
/// of decisions.
package struct PolicyReference: Hashable, Sendable {
  package let path: DecisionPath
  /// As the agent says; nil where it does not log its decisions.
  package let decisionID: String?

  package init(path: DecisionPath, decisionID: String? = nil) {
    self.path = path
    self.decisionID = decisionID
  }
}
