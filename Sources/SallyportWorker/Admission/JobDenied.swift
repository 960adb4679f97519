import Logging
import SallyportPolicy

/// The customer's side does not run a job. Nothing of it has happened.
struct JobDenied: Error, Hashable, CustomStringConvertible {
  /// Names what decided, and is told to the submitter.
  let rule: String
  /// Told to the submitter too; nil where that is the customer's own affair.
  let explanation: String?
  /// For the customer's own log and nobody else.
  let reason: String?
  /// SHA-256 of the policy file that decided.
  let policyDigest: String?
  /// Where an Open Policy Agent was asked.
  let reference: PolicyReference?

  init(
    rule: String, explanation: String? = nil, reason: String? = nil, policyDigest: String? = nil,
    reference: PolicyReference? = nil
  ) {
    self.rule = rule
    self.explanation = explanation
    self.reason = reason
    self.policyDigest = policyDigest
    self.reference = reference
  }

  /// What the submitter is told.
  var description: String {
    "denied by customer policy: \(rule)" + (explanation.map { " (\($0))" } ?? "")
  }
  /// What the customer's log says.
  var metadata: Logger.Metadata {
    var metadata: Logger.Metadata = ["rule": "\(rule)"]
    if let reason = reason ?? explanation { metadata["reason"] = "\(reason)" }
    if let policyDigest { metadata["policy-sha256"] = "\(policyDigest)" }
    if let reference {
      metadata["opa-path"] = "\(reference.path)"
      if let id = reference.decisionID { metadata["opa-decision-id"] = "\(id)" }
    }
    return metadata
  }
}
