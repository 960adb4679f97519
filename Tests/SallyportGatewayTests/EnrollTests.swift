import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportRelay
import SallyportStore
import SallyportStoreSQLite
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct EnrollTests {
  @Test("an enrollment repeated when its certificate is old is answered with a new one")
  func oldEnrollment() async throws {
    try await TestGateway.with { gateway in
      let token = try await gateway.asOperator { client in
        try await client.createToken(
          .with {
            $0.pool = TestGateway.pool
            $0.lifetime = .with { $0.seconds = 86_400 }
          }
        ).token
      }
      let csr = try SigningKey.generate().certificateRequest()
      let first = try await gateway.enroll(token: token, csr: csr, role: .worker)
      let again = try await gateway.enroll(token: token, csr: csr, role: .worker)
      #expect(again == first)
      gateway.clock.advance(by: .seconds(13 * 3_600))
      let renewed = try await gateway.enroll(token: token, csr: csr, role: .worker)
      #expect(renewed.spiffeID == first.spiffeID)
      #expect(renewed.certificateChainDer != first.certificateChainDer)
    }
  }

  @Test("an operator's renewal lives as long as the certificate that it follows")
  func operatorLifetime() async throws {
    try await TestGateway.with { gateway in
      let name = OperatorName(unchecked: "bob")
      let identity = GatewayIdentity.operatorNamed(tenant: gateway.acme, name: name)
      let key = try SigningKey.generate().certificateRequest()
      let issued = try gateway.ca.issue(
        for: try CertificateRequest(verifying: key), identity: identity,
        lifetime: .seconds(86_400))
      try await gateway.store.recordOperator(
        name, of: gateway.acme, certificate: CertificateRecord(issued),
        audit: AuditEntry(tenant: gateway.acme, time: gateway.clock.now, actor: "", action: "x"))
      let peer = PeerContext(
        peer: PeerIdentity(
          spiffeID: issued.spiffeID, certificateFingerprint: issued.fingerprint,
          serialNumber: issued.serialNumber,
          notAfter: Int64(issued.notAfter.timeIntervalSince1970)),
        connection: .random(), remoteAddress: "x")
      let response = try await gateway.connect(peer, gateway.gateway.operatorServices) { client in
        try await Sallyport_Identity_V1_IdentityService.Client(wrapping: client).renew(
          .with { $0.csrDer = Data(key) })
      }
      let next = try CertificateSummary(der: Array(response.certificateChainDer[0]))
      let lifetime = next.notAfter.timeIntervalSince(next.notBefore)
      // With the five minutes that it is backdated.
      #expect(abs(lifetime - 86_700) <= 2)
    }
  }

  private func token(_ gateway: TestGateway, uses: UInt32 = 1) async throws -> String {
    try await gateway.asOperator { client in
      try await client.createToken(
        .with {
          $0.pool = TestGateway.pool
          $0.uses = uses
        }
      ).token
    }
  }

  @Test("fifty hosts with one token at once: one certificate")
  func parallelUse() async throws {
    try await TestGateway.with { gateway in
      let token = try await token(gateway)
      let outcomes = try await withThrowingTaskGroup(of: RPCError?.self) { group in
        for _ in 0..<50 {
          group.addTask {
            let csr = try SigningKey.generate().certificateRequest()
            do {
              _ = try await gateway.enroll(token: token, csr: csr, role: .worker)
              return nil
            } catch let error as RPCError {
              return error
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0 == nil } == 1)
      #expect(outcomes.compactMap(\.?.code).allSatisfy { $0 == .permissionDenied })
    }
  }

  @Test("the same key again gets the same certificate; names in the request are ignored")
  func retry() async throws {
    try await TestGateway.with { gateway in
      let token = try await token(gateway)
      let key = SigningKey.generate()
      let first = try await gateway.enroll(
        token: token, csr: try key.certificateRequest(), role: .worker)
      let second = try await gateway.enroll(
        token: token, csr: try key.certificateRequest(), role: .worker)
      #expect(first == second)
      let identity = GatewayIdentity(try SPIFFEID(parsing: first.spiffeID))
      guard case .worker(gateway.acme, PoolName(unchecked: TestGateway.pool), _)? = identity else {
        Issue.record("\(first.spiffeID)")
        return
      }
      #expect(first.externalID == "external-acme")
      #expect(first.gatewayCaDer.map { Array($0) } == [gateway.ca.certificate])
      let summary = try CertificateSummary(der: Array(first.certificateChainDer[0]))
      #expect(summary.spiffeID?.uri == first.spiffeID)
    }
  }

  @Test("every refusal of a token is the same to the caller, and audited with its reason")
  func uniformRefusals() async throws {
    try await TestGateway.with { gateway in
      let good = try await token(gateway, uses: 1)
      let csr = try SigningKey.generate().certificateRequest()
      _ = try await gateway.enroll(token: good, csr: csr, role: .worker)
      let fresh = try await token(gateway)
      let other = try SigningKey.generate().certificateRequest()
      let unknown = EnrollmentToken.make().text.withValue { $0 }
      let attempts: [(String, [UInt8], Sallyport_Enroll_V1_Role)] = [
        (good, other, .worker), (fresh, other, .vcsAgent), (unknown, other, .worker),
        ("", other, .worker), (fresh.uppercased(), other, .worker),
        (String(fresh.dropLast()), other, .worker), (fresh, csr, .worker),
      ]
      var errors: Set<String> = []
      for (token, csr, role) in attempts {
        let error = await #expect(throws: RPCError.self) {
          try await gateway.enroll(token: token, csr: csr, role: role)
        }
        if let error { errors.insert("\(error.code) \(error.message)") }
      }
      #expect(errors == ["permissionDenied the enrollment token was refused; ask for a new one"])
      let reasons = try await gateway.audit("token.use").filter { $0.decision == "denied" }
        .map { String($0.detail.prefix { $0 != "," }) }
      #expect(reasons == ["usedUp", "wrongRole", "keyInUse"])
    }
  }

  @Test("a damaged request is told so, whatever the token")
  func badRequests() async throws {
    try await TestGateway.with { gateway in
      let token = try await token(gateway)
      var torn = try SigningKey.generate().certificateRequest()
      torn[torn.count - 1] ^= 1
      for csr in [[], [1, 2, 3], torn, [UInt8](repeating: 0x30, count: 1 << 20)] {
        let error = await #expect(throws: RPCError.self) {
          try await gateway.enroll(token: token, csr: csr, role: .worker)
        }
        #expect(error?.code == .invalidArgument)
      }
      // The token is not used up by any of them.
      let csr = try SigningKey.generate().certificateRequest()
      _ = try await gateway.enroll(token: token, csr: csr, role: .worker)
    }
  }

  @Test("renewal keeps the identity, whatever the request says; a revoked one gets none")
  func renewal() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      let csr = try SigningKey.generate().certificateRequest()
      func renew() async throws -> Sallyport_Identity_V1_RenewResponse {
        try await gateway.asPeer(peer) { client in
          try await Sallyport_Identity_V1_IdentityService.Client(wrapping: client).renew(
            .with { $0.csrDer = Data(csr) })
        }
      }
      let summary = try CertificateSummary(
        der: Array(try await renew().certificateChainDer[0]))
      #expect(summary.spiffeID == peer.peer?.spiffeID)
      _ = try await gateway.asOperator { client in
        try await client.revokeWorker(.with { $0.workerID = peer.workerID.rawValue })
      }
      let error = await #expect(throws: RPCError.self) { try await renew() }
      #expect(error?.code == .permissionDenied)
    }
  }
}
