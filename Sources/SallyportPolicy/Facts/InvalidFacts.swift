internal import SallyportConfig

/// Something about a job that no policy can judge, so that the job is denied.
package struct InvalidFacts: Error, Hashable, CustomStringConvertible {
  /// For example `command`.
  package let fact: String
  package let reason: String

  package init(fact: String, reason: String) {
    self.fact = fact
    self.reason = reason
  }

  package var description: String { "\(fact): \(ShownText.escaped(reason))" }

  package var decision: PolicyDecision { .invalid(description) }
}
