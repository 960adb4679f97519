/// What one check of a store, or of what is around it, has found.
package struct StoreFinding: Hashable, Sendable, Encodable {
  package enum Status: String, Hashable, Sendable, Encodable {
    case ok
    /// Works, and should be looked at.
    case warning
    /// Damaged, or not as it has to be.
    case failed
  }

  /// For example `attempts`.
  package let check: String
  package let status: Status
  /// One line.
  package let detail: String

  package init(_ check: String, _ status: Status, _ detail: String) {
    self.check = check
    self.status = status
    self.detail = detail
  }
}
