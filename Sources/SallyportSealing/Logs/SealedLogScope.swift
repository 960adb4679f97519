internal import SallyportBytes
package import SallyportCore

/// Whose log a sealed log is.
package struct SealedLogScope: Hashable, Sendable {
  package var tenant: TenantName
  package var attempt: AttemptID

  package init(tenant: TenantName, attempt: AttemptID) {
    self.tenant = tenant
    self.attempt = attempt
  }

  /// Authenticated with the entry at an offset into the attempt's log.
  ///
  /// The offset fixes an entry's place: none can be moved, left out, repeated or put in between.
  func fields(purpose: String, offset: UInt64) -> CanonicalFields {
    var fields = CanonicalFields(purpose: purpose)
    fields.add(tenant.rawValue)
    fields.add(attempt.job.rawValue)
    fields.add(attempt.epoch)
    fields.add(offset)
    return fields
  }
}
