package import SallyportCore

/// Something was refused because its external ID was not the pinned one. Never holds either.
package struct LedgerExternalIDRefusal: LedgerEntry, Hashable {
  package static let kind = LedgerKind.externalID

  package var attempt: AttemptID?
  /// For example that there was none.
  package var reason: String

  package init(attempt: AttemptID?, reason: String) {
    self.attempt = attempt
    self.reason = reason
  }

  package func write(to fields: inout LedgerFields) {
    fields.attempt(attempt)
    LedgerDecision.deny(reason: reason).write(to: &fields)
  }
}
