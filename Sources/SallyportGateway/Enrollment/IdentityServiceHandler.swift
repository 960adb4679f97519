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
      let csr = try CertificateRequest(verifying: Array(request.csrDer))
      let issued = try services.ca.issue(
        for: csr, identity: caller.identity, lifetime: lifetime(of: caller.identity))
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

  private func lifetime(of identity: GatewayIdentity) -> Duration {
    switch identity {
    case .worker, .agent, .gateway: services.limits.certificateLifetime
    case .operatorNamed: services.limits.operatorCertificateLifetime
    }
  }
}
