package import SallyportCore

/// Why a token was refused.
package struct TokenRefusal: Hashable, Sendable {
  package enum Reason: String, Hashable, Sendable {
    case unknown, expired, revoked, usedUp, wrongRole, keyInUse, enrolleeRevoked
  }

  package let reason: Reason
  /// Nil where no token matched.
  package let token: TokenID?
  package let tenant: TenantName?

  package init(reason: Reason, token: TokenID?, tenant: TenantName?) {
    self.reason = reason
    self.token = token
    self.tenant = tenant
  }
}
