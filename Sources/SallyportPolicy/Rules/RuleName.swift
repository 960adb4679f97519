internal import SallyportCore

/// Names a rule within its policy. The submitter of a job sees it.
package struct RuleName: ChosenName {
  package static let kind = "rule"
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }

  /// What decisions without a rule are called, so that no rule may have these names.
  static let reserved: Set<String> = ["default", "opa", "invalid"]
}
