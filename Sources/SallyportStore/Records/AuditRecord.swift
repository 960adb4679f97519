/// A recorded ``AuditEntry``.
package struct AuditRecord: Hashable, Sendable {
  /// From 1, without gaps within a tenant.
  package var sequence: UInt64
  package var entry: AuditEntry

  package init(sequence: UInt64, entry: AuditEntry) {
    self.sequence = sequence
    self.entry = entry
  }
}
