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

@Suite struct ExternalIDTests {
  @Test("a tenant that is re-credentialed has a new external ID, and nobody of the old one's")
  func recredentialed() async throws {
    try await TestGateway.with { gateway in
      let (worker, agent) = (try await gateway.enrolledWorker(), try await gateway.enrolledAgent())
      let other = try await gateway.enrolledWorker(gateway.globex)
      let token = try await gateway.asOperator { client in
        try await client.createToken(.with { $0.pool = TestGateway.pool }).token
      }
      let new = ExternalID.random().rawValue
      let revoked = try await gateway.store.recredential(
        gateway.acme, externalID: new, at: gateway.clock.now,
        audit: AuditEntry(
          tenant: gateway.acme, time: gateway.clock.now, actor: "", action: "tenant.recredential"))
      #expect(revoked == 2)

      for peer in [worker, agent] {
        let identity = try #require(peer.peer.flatMap { GatewayIdentity($0.spiffeID) })
        #expect(try await gateway.store.standing(of: identity) == .revoked)
      }
      await #expect(throws: RPCError.self) {
        try await gateway.withWorkerSession(worker) { _, _ in }
      }
      let csr = try SigningKey.generate().certificateRequest()
      await #expect(throws: RPCError.self) {
        try await gateway.enroll(token: token, csr: csr, role: .worker)
      }
      // A running gateway is told whose connections to close.
      let subjects = try await gateway.store.revocations(after: 0).map(\.subject)
      #expect(subjects.count == 2)

      try await gateway.withWorkerSession(try await gateway.enrolledWorker()) { _, welcome in
        #expect(welcome.externalID == new)
      }
      try await gateway.withWorkerSession(other) { _, welcome in
        #expect(welcome.externalID == "external-globex")
      }
    }
  }

  @Test("there is nothing to re-credential of a tenant that does not exist")
  func unknownTenant() async throws {
    try await TestGateway.with { gateway in
      let nobody = TenantName(unchecked: "nobody")
      let error = await #expect(throws: StoreError.self) {
        try await gateway.store.recredential(
          nobody, externalID: "x", at: gateway.clock.now,
          audit: AuditEntry(tenant: nobody, time: gateway.clock.now, actor: "", action: "x"))
      }
      #expect(error?.code == .notFound)
    }
  }
}
