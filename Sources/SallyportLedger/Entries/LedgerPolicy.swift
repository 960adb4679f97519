/// An admission policy is in force from here on.
package struct LedgerPolicy: LedgerEntry, Hashable {
  package static let kind = LedgerKind.policy

  /// Where it was read from.
  package var source: String
  /// Of the policy's bytes: 64 lower-case hexadecimal digits. Nil for an Open Policy Agent's.
  package var sha256: String?
  package var rules: Int?

  package init(source: String, sha256: String?, rules: Int? = nil) {
    self.source = source
    self.sha256 = sha256
    self.rules = rules
  }

  package func write(to fields: inout LedgerFields) {
    fields.text("source", source)
    fields.text("sha256", sha256)
    fields.number("rules", rules.map(UInt64.init(clamping:)))
  }
}
