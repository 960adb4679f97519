/// What a record of the ledger is about: the word in its `kind`.
package enum LedgerKind: String, CaseIterable, Sendable, Hashable {
  /// The first record of a ledger.
  case opened
  /// The first record of every further file.
  case continued
  /// What a crash had left unfinished was cut off.
  case recovered
  case started
  case stopped
  case policy
  case connection
  case externalID = "external_id"
  case job
  case attempt
  case secrets
  case relay
  case request
  case grant
  /// Records of another kind that were only counted.
  case omitted
  /// Records can be written again.
  case resumed
}
