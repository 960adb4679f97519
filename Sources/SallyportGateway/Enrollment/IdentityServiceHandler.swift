import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportStore
import SwiftProtobuf

/// `sallyport.identity.v1`: the next certificate for whoever holds a valid one.
struct IdentityServiceHandler: Sallyport_Identity_V1_IdentityService.SimpleServiceProtocol {
  let services: GatewayServices

  func renew(
    request: Sallyport_Identity_V1_RenewRequest, context: ServerContext
  ) async throws -> Sallyport_Identity_V1_RenewResponse {
    try await withRPCErrors(services.logger) {
      let caller = try await services.authenticator.authenticate(context)
      let csr: CertificateRequest
      do {
        csr = try CertificateRequest(verifying: Array(request.csrDer))
      } catch {
        try await services.audit.deny(
          caller, action: "certificate.renew", detail: "bad certificate request: \(error)")
        throw error
      }
      let issued = try services.ca.issue(
        for: csr, identity: caller.identity, lifetime: try await lifetime(for: caller))
      try await services.store.recordRenewal(
        of: caller.identity, certificate: CertificateRecord(issued),
        audit: services.audit.allowed(
          caller, action: "certificate.renew",
          detail: "certificate \(issued.serialNumber) after \(caller.peer.serialNumber)"))
      return .with {
        $0.certificateChainDer = issued.chain.map { Data($0) }
        $0.gatewayCaDer = [Data(services.ca.certificate)]
      }
    }
  }

  /// An operator keeps the lifetime that was chosen for the first certificate, whichever it is.
  private func lifetime(for caller: Caller) async throws -> Duration {
    guard case .operatorNamed = caller.identity else { return services.limits.certificateLifetime }
    let presented = try await services.store.certificateLifetime(
      fingerprint: caller.peer.certificateFingerprint, of: caller.tenant)
    return presented ?? services.limits.operatorCertificateLifetime
  }
}
