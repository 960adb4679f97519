package import SallyportCore

/// Secrets were handed to an attempt. Their names; never a value.
package struct LedgerSecrets: LedgerEntry, Hashable {
  package static let kind = LedgerKind.secrets

  package var attempt: AttemptID
  package var names: LedgerList

  package init(_ attempt: AttemptID, names: LedgerList) {
    self.attempt = attempt
    self.names = names
  }

  package func write(to fields: inout LedgerFields) {
    fields.attempt(attempt)
    fields.list("names", names)
  }
}
