package import SallyportCore

/// Tenants, their operators, and whether an identity is still in good standing.
package protocol TenantStore {
  /// - Throws: ``StoreError/Code/alreadyExists``.
  func createTenant(_ tenant: Tenant, audit: AuditEntry) async throws

  func tenant(_ name: TenantName) async throws -> Tenant?

  /// Gives a tenant a new external ID and revokes whatever was enrolled under the old one: every
  /// worker, VCS agent and token. Operators stay.
  ///
  /// - Returns: How many workers and VCS agents were revoked.
  /// - Throws: ``StoreError/Code/notFound``.
  func recredential(
    _ tenant: TenantName, externalID: String, at time: Timestamp, audit: AuditEntry
  ) async throws -> Int

  /// Records an operator, or adds a certificate to one who exists.
  ///
  /// - Throws: ``StoreError/Code/notFound`` without such a tenant, ``StoreError/Code/revoked``.
  func recordOperator(
    _ name: OperatorName, of tenant: TenantName, certificate: CertificateRecord, audit: AuditEntry
  ) async throws

  /// Revokes an operator for good. Repeating it changes nothing.
  ///
  /// - Throws: ``StoreError/Code/notFound``.
  func revokeOperator(
    _ name: OperatorName, of tenant: TenantName, at time: Timestamp, audit: AuditEntry
  ) async throws

  /// Whether the identity may act now. Asked on every RPC and CONNECT.
  func standing(of identity: GatewayIdentity) async throws -> Standing

  /// How long a certificate that was issued here is valid; nil for one that was not.
  func certificateLifetime(
    fingerprint: String, of tenant: TenantName
  ) async throws -> Duration?
  /// Records a renewed certificate of an identity in good standing.
  ///
  /// - Throws: ``StoreError/Code/revoked`` otherwise.
  func recordRenewal(
    of identity: GatewayIdentity, certificate: CertificateRecord, audit: AuditEntry
  ) async throws
}
