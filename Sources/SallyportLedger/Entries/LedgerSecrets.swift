package import SallyportCore

/// Secrets were handed to an attempt. Their names; never a value.
package struct LedgerSecrets: LedgerEntry, Hashable {
  package static let kind = LedgerKind.secrets

  package var attempt: AttemptID
  package var names: LedgerList
  /// Of each name, in the same order, the kind of provider that it came from.
  package var providers: LedgerList

  package init(_ attempt: AttemptID, names: LedgerList, providers: LedgerList = []) {
    self.attempt = attempt
    self.names = names
    self.providers = providers
  }

  package func write(to fields: inout LedgerFields) {
    fields.attempt(attempt)
    fields.list("names", names)
    fields.list("providers", providers)
  }
}
