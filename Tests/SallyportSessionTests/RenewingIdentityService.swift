import Foundation
import GRPCCore
import SallyportCore
import SallyportIdentity
import SallyportProtos

/// Renews one identity, as the gateway does for the caller's certificate.
struct RenewingIdentityService: Sallyport_Identity_V1_IdentityService.SimpleServiceProtocol {
  let ca: GatewayCA
  let identity: GatewayIdentity
  let now: @Sendable () -> Date

  func renew(
    request: Sallyport_Identity_V1_RenewRequest, context: ServerContext
  ) async throws -> Sallyport_Identity_V1_RenewResponse {
    let issued = try ca.issue(
      for: CertificateRequest(verifying: Array(request.csrDer)), identity: identity, now: now())
    var response = Sallyport_Identity_V1_RenewResponse()
    response.certificateChainDer = issued.chain.map { Data($0) }
    response.gatewayCaDer = [Data(ca.certificate)]
    return response
  }
}
