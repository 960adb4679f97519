/// What a ``CheckoutProvider`` has done.
package struct CheckedOut: Hashable, Sendable {
  /// 40 hexadecimal digits.
  package var commit: String
  /// A line for the attempt's log.
  package var summary: String

  package init(commit: String, summary: String) {
    self.commit = commit
    self.summary = summary
  }
}
