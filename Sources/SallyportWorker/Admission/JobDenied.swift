/// The customer's side does not run a job. Nothing of it has happened.
struct JobDenied: Error, Hashable, CustomStringConvertible {
  /// Names what decided, and is told to the submitter.
  let rule: String
  /// Told to the submitter too; nil where that is the customer's own affair.
  let explanation: String?

  init(rule: String, explanation: String? = nil) {
    self.rule = rule
    self.explanation = explanation
  }

  var description: String {
    "denied by customer policy: \(rule)" + (explanation.map { " (\($0))" } ?? "")
  }
}
