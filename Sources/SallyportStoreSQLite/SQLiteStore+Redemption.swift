import GRDB
import SallyportCore
package import SallyportStore

extension SQLiteStore {
  package func redeemToken(
    _ redemption: TokenRedemption
  ) async throws -> TokenRedemptionResult {
    try await write { try $0.redeem(redemption) }
  }

  package func recordEnrollment(
    of enrollee: Enrollee, certificate: CertificateRecord, replacing expiring: [[UInt8]]?,
    audit: AuditEntry
  ) async throws -> [[UInt8]] {
    try await write { database in
      try database.requireUnpurged(enrollee.tenant)
      let kept = try database.change(
        """
        UPDATE enrollee SET certificate_expires_at = :not_after,
          enrollment_chain = sealed(tenant, 'enrollee.enrollment_chain', :chain, id)
        WHERE id = :id AND tenant = :tenant AND revoked_at IS NULL
          AND opened(tenant, 'enrollee.enrollment_chain', enrollment_chain, id) IS :expiring
        """,
        [
          "chain": Blob(CertificateChainCoding.encode(certificate.chain)),
          "not_after": certificate.notAfter.milliseconds, "id": enrollee.id,
          "tenant": enrollee.tenant.rawValue,
          "expiring": expiring.map { Blob(CertificateChainCoding.encode($0)) },
        ])
      if kept == 1 {
        try database.insert(certificate, of: enrollee.tenant)
        try database.append(audit)
        return certificate.chain
      }
      let row = try database.row(
        "SELECT opened_enrollment_chain FROM enrollee_view WHERE id = ? AND revoked_at IS NULL",
        [enrollee.id])
      guard let row else {
        throw StoreError(code: .revoked, message: "the enrollment was revoked")
      }
      return try CertificateChainCoding.decode(try row.bytes("opened_enrollment_chain"))
    }
  }
}

extension Database {
  fileprivate func redeem(_ redemption: TokenRedemption) throws -> TokenRedemptionResult {
    let found = try row(
      """
      SELECT token.*, pool.kind AS pool_kind FROM token
      JOIN pool ON pool.tenant = token.tenant AND pool.name = token.pool
      WHERE token.hash = ?
      """,
      [Blob(redemption.tokenHash)])
    guard let found else {
      return .refused(TokenRefusal(reason: .unknown, token: nil, tenant: nil))
    }
    let token = try EnrollmentTokenRecord(row: found)
    let kind: PoolKind = try found.raw("pool_kind")
    func refused(_ reason: TokenRefusal.Reason) -> TokenRedemptionResult {
      .refused(TokenRefusal(reason: reason, token: token.id, tenant: token.tenant))
    }
    guard token.revokedAt == nil else { return refused(.revoked) }
    guard redemption.time < token.expiresAt else { return refused(.expired) }
    guard kind.role == redemption.role else { return refused(.wrongRole) }
    guard let tenant = try tenant(token.tenant) else { return refused(.unknown) }
    if let existing = try row(
      "SELECT * FROM enrollee_view WHERE key_fingerprint = ?", [redemption.keyFingerprint])
    {
      guard try existing.value("token") == token.id.rawValue else { return refused(.keyInUse) }
      let enrollee = try Enrollee(row: existing)
      guard enrollee.revokedAt == nil else { return refused(.enrolleeRevoked) }
      guard let chain = existing["opened_enrollment_chain"] as Blob? else {
        return .redeemed(enrollee, tenant: tenant)
      }
      return .repeated(
        enrollee, tenant: tenant, chain: try CertificateChainCoding.decode(chain.bytes))
    }
    let used = try change(
      "UPDATE token SET uses_left = uses_left - 1 WHERE id = ? AND uses_left > 0",
      [token.id.rawValue])
    guard used == 1 else { return refused(.usedUp) }
    return .redeemed(try insertEnrollee(redemption, token: token), tenant: tenant)
  }

  private func insertEnrollee(
    _ redemption: TokenRedemption, token: EnrollmentTokenRecord
  ) throws -> Enrollee {
    let enrollee = Enrollee(
      role: redemption.role, id: WorkerID.random().rawValue, tenant: token.tenant,
      pool: token.pool, displayName: redemption.displayName, enrolledAt: redemption.time)
    try run(
      """
      INSERT INTO enrollee
        (id, role, tenant, pool, token, key_fingerprint, enrolled_at, labels, display_name)
      VALUES (:id, :role, :tenant, :pool, :token, :key, :time,
        sealed(:tenant, 'enrollee.labels', '{}', :id),
        sealed(:tenant, 'enrollee.display_name', :name, :id))
      """,
      [
        "id": enrollee.id, "role": enrollee.role.rawValue, "tenant": enrollee.tenant.rawValue,
        "pool": enrollee.pool.rawValue, "token": token.id.rawValue,
        "key": redemption.keyFingerprint, "time": enrollee.enrolledAt.milliseconds,
        "name": enrollee.displayName,
      ])
    return enrollee
  }
}
