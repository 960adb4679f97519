/// What became of a ``TokenRedemption``.
package enum TokenRedemptionResult: Hashable, Sendable {
  /// The reason and the tenant are for the audit log; the caller is told neither.
  case refused(TokenRefusal)
  /// The token is used up for this key. No certificate is kept yet.
  case redeemed(Enrollee, tenant: Tenant)
  /// The same key again: the chain that it was answered with, DER, leaf first.
  case repeated(Enrollee, tenant: Tenant, chain: [[UInt8]])
}
