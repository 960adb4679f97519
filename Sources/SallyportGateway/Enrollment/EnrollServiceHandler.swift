import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportRelay
import SallyportStore
import SwiftProtobuf

/// `sallyport.enroll.v1`: the only service for callers without a certificate.
struct EnrollServiceHandler: Sallyport_Enroll_V1_EnrollService.SimpleServiceProtocol {
  let services: GatewayServices

  func enroll(
    request: Sallyport_Enroll_V1_EnrollRequest, context: ServerContext
  ) async throws -> Sallyport_Enroll_V1_EnrollResponse {
    try await withRPCErrors(services.logger) {
      let remote = context.callContext?.connection.remoteAddress ?? "unknown"
      return try await enroll(request, from: remote)
    }
  }

  /// The request is checked before the token, so that its faults tell nothing about the token.
  private func enroll(
    _ request: Sallyport_Enroll_V1_EnrollRequest, from remote: String
  ) async throws -> Sallyport_Enroll_V1_EnrollResponse {
    let role = try EnrolleeRole(request.role)
    guard request.displayName.utf8.count <= 255 else {
      throw RequestError("a display name has at most 255 bytes")
    }
    let csr: CertificateRequest
    do {
      csr = try CertificateRequest(verifying: Array(request.csrDer))
    } catch {
      try await services.audit.deny(
        tenant: nil, actor: "", action: "token.use",
        detail: "bad certificate request, from \(remote): \(error)")
      throw error
    }
    guard let token = try? EnrollmentToken(parsing: request.token) else {
      throw try await refusal(of: nil, from: remote, "malformed")
    }
    let result = try await services.store.redeemToken(
      TokenRedemption(
        tokenHash: token.hash, role: role, keyFingerprint: csr.publicKeyFingerprint,
        displayName: request.displayName, time: services.clock.now))
    switch result {
    case .refused(let refused):
      throw try await refusal(of: refused, from: remote, refused.reason.rawValue)
    case .repeated(let enrollee, let tenant, let chain):
      guard try isExpiring(chain) else { return try response(chain: chain, enrollee, tenant) }
      let next = try await issue(csr, to: enrollee, replacing: chain, from: remote)
      return try response(chain: next, enrollee, tenant)
    case .redeemed(let enrollee, let tenant):
      let chain = try await issue(csr, to: enrollee, from: remote)
      return try response(chain: chain, enrollee, tenant)
    }
  }

  /// Whether the certificate that an enrollment was answered with is too old to begin with.
  private func isExpiring(_ chain: [[UInt8]]) throws -> Bool {
    guard let leaf = chain.first else { return true }
    let end = try CertificateSummary(der: leaf).notAfter
    let left = end.timeIntervalSince(
      Date(timeIntervalSince1970: Double(services.clock.wallTime.seconds)))
    return left < Double(services.limits.certificateLifetime.components.seconds) / 2
  }

  private func issue(
    _ csr: CertificateRequest, to enrollee: Enrollee, replacing expiring: [[UInt8]]? = nil,
    from remote: String
  ) async throws -> [[UInt8]] {
    let issued = try services.ca.issue(
      for: csr, identity: enrollee.identity, lifetime: services.limits.certificateLifetime)
    return try await services.store.recordEnrollment(
      of: enrollee, certificate: CertificateRecord(issued), replacing: expiring,
      audit: AuditEntry(
        tenant: enrollee.tenant, time: services.clock.now, actor: issued.spiffeID.uri,
        action: "token.use", object: enrollee.pool.rawValue,
        detail: "enrolled from \(remote), certificate \(issued.serialNumber)"))
  }

  private func response(
    chain: [[UInt8]], _ enrollee: Enrollee, _ tenant: Tenant
  ) throws -> Sallyport_Enroll_V1_EnrollResponse {
    let spiffeID = try enrollee.identity.spiffeID(trustDomain: services.ca.trustDomain)
    return .with {
      $0.certificateChainDer = chain.map { Data($0) }
      $0.gatewayCaDer = [Data(services.ca.certificate)]
      $0.spiffeID = spiffeID.uri
      $0.externalID = tenant.externalID
    }
  }

  /// One answer for every refusal; the audit log has the reason.
  private func refusal(
    of refused: TokenRefusal?, from remote: String, _ reason: String
  ) async throws -> RPCError {
    try await services.audit.deny(
      tenant: refused?.tenant, actor: "", action: "token.use",
      object: refused?.token?.rawValue ?? "", detail: "\(reason), from \(remote)")
    return RPCError(
      code: .permissionDenied, message: "the enrollment token was refused; ask for a new one")
  }
}

extension EnrolleeRole {
  fileprivate init(_ role: Sallyport_Enroll_V1_Role) throws {
    switch role {
    case .worker: self = .worker
    case .vcsAgent: self = .agent
    case .unspecified, .UNRECOGNIZED: throw RequestError("enrollment needs a role")
    }
  }
}
