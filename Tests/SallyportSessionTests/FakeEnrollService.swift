import Foundation
import GRPCCore
import SallyportCore
import SallyportIdentity
import SallyportProtos
import Synchronization

/// Enrolls as the gateway does: a token binds to the first key that uses it.
final class FakeEnrollService: Sallyport_Enroll_V1_EnrollService.SimpleServiceProtocol {
  private struct State {
    var boundKey: String?
    var response: Sallyport_Enroll_V1_EnrollResponse?
    var issued = 0
    var lostAnswers: Int
    var requests: [Sallyport_Enroll_V1_EnrollRequest] = []
  }

  let ca: GatewayCA
  let token: EnrollmentToken
  let externalID = ExternalID.random()
  private let bend: @Sendable (inout Sallyport_Enroll_V1_EnrollResponse) throws -> Void
  private let state: Mutex<State>

  init(
    ca: GatewayCA, token: EnrollmentToken, lostAnswers: Int = 0,
    bend: @escaping @Sendable (inout Sallyport_Enroll_V1_EnrollResponse) throws -> Void = { _ in }
  ) {
    self.ca = ca
    self.token = token
    self.bend = bend
    state = Mutex(State(lostAnswers: lostAnswers))
  }

  var issued: Int { state.withLock { $0.issued } }
  var requests: [Sallyport_Enroll_V1_EnrollRequest] { state.withLock { $0.requests } }

  func enroll(
    request: Sallyport_Enroll_V1_EnrollRequest, context: ServerContext
  ) async throws -> Sallyport_Enroll_V1_EnrollResponse {
    let csr = try CertificateRequest(verifying: Array(request.csrDer))
    return try state.withLock { state in
      state.requests.append(request)
      guard let sent = try? EnrollmentToken(parsing: request.token),
        sent.hash == token.hash,
        state.boundKey == nil || state.boundKey == csr.publicKeyFingerprint
      else { throw RPCError(code: .permissionDenied, message: "refused") }
      if state.response == nil {
        let tenant = try TenantName("acme")
        let pool = try PoolName("pool")
        let identity: GatewayIdentity =
          request.role == .worker
          ? .worker(tenant: tenant, pool: pool, id: .random())
          : .agent(tenant: tenant, pool: pool, id: .random())
        let issued = try ca.issue(for: csr, identity: identity)
        var response = Sallyport_Enroll_V1_EnrollResponse()
        response.certificateChainDer = issued.chain.map { Data($0) }
        response.gatewayCaDer = [Data(ca.certificate)]
        response.spiffeID = issued.spiffeID.uri
        response.externalID = externalID.rawValue
        try bend(&response)
        state.boundKey = csr.publicKeyFingerprint
        state.response = response
        state.issued += 1
      }
      if state.lostAnswers > 0 {
        state.lostAnswers -= 1
        throw RPCError(code: .unavailable, message: "the connection was lost")
      }
      guard let response = state.response else {
        throw RPCError(code: .internalError, message: "no response")
      }
      return response
    }
  }
}
