import Foundation
import Logging
import SallyportCore
import SallyportIdentity
import SallyportSession
import ServiceLifecycle
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct CertificateRenewerTests {
  struct Down: Error {}

  /// A worker with a certificate of a day, a gateway that renews it, and a clock.
  struct Fixture: Sendable {
    let ca: GatewayCA
    let identity: GatewayIdentity
    let state: StateDirectory
    let clock = ManualClock()
    let epoch = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded())
    let renewals = Inbox<Result<CertificateRequest, any Error>>()
    let renewed = Inbox<Void>()

    init(path: String) throws {
      ca = try GatewayCA.create(trustDomain: "gw.test")
      identity = .worker(tenant: try TenantName("acme"), pool: try PoolName("p"), id: .random())
      state = try StateDirectory.open(path)
      let key = SigningKey.generate()
      let issued = try ca.issue(
        for: CertificateRequest(verifying: key.certificateRequest()), identity: identity,
        now: epoch)
      try state.identity.replace(key: key, chain: issued.chain, roots: [ca.certificate])
    }

    var now: Date { epoch + clock.now.offset / .seconds(1) }

    func renewer(
      _ answer: @escaping @Sendable (CertificateRequest) throws -> RenewedCertificate
    ) -> CertificateRenewer {
      CertificateRenewer(
        state: state, role: .worker, clock: clock, now: { self.now },
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        renew: { csr in
          do {
            let request = try CertificateRequest(verifying: csr)
            let answer = try answer(request)
            renewals.put(.success(request))
            return answer
          } catch {
            renewals.put(.failure(error))
            throw error
          }
        },
        onRenewed: { renewed.put(()) })
    }

    func issue(_ request: CertificateRequest) throws -> RenewedCertificate {
      let issued = try ca.issue(for: request, identity: identity, now: now)
      return RenewedCertificate(chain: issued.chain, gatewayCA: [ca.certificate])
    }

    /// Moves the clock, one wait of the renewer after the other.
    func advance(by total: Duration) async throws {
      var left = total
      while left > .zero {
        try await clock.waitForSleepers { !$0.isEmpty }
        let step = min(left, .seconds(600))
        clock.advance(by: step)
        left -= step
      }
    }
  }

  func withFixture(_ body: (Fixture) async throws -> Void) async throws {
    try await withStatePath { path in try await body(Fixture(path: path)) }
  }

  @Test func renewsWithANewKeyInTheSecondHalfOfTheLife() async throws {
    try await withFixture { fixture in
      let before = try fixture.state.identity.load()
      let renewer = fixture.renewer(fixture.issue)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await renewer.run() }
        try await fixture.advance(by: .seconds(86_400 * 0.52 - 600))
        #expect(try fixture.state.identity.load().leaf == before.leaf)
        try await fixture.advance(by: .seconds(86_400 * 0.15))
        try await fixture.renewed.next()
        let after = try fixture.state.identity.load()
        #expect(after.leaf.publicKeyFingerprint != before.leaf.publicKeyFingerprint)
        #expect(after.leaf.spiffeID == before.leaf.spiffeID)
        #expect(after.leaf.notAfter > before.leaf.notAfter)
        // And again, a day later.
        try await fixture.advance(by: .seconds(86_400 * 0.7))
        try await fixture.renewed.next()
        #expect(try fixture.state.identity.load().leaf.notAfter > after.leaf.notAfter)
        group.cancelAll()
        try await group.waitForAll()
      }
    }
  }

  @Test func aGatewayThatIsDownIsTriedUntilItIsBack() async throws {
    try await withFixture { fixture in
      let failures = Mutex(12)
      let renewer = fixture.renewer { request in
        let isDown = failures.withLock { left in
          left -= 1
          return left >= 0
        }
        if isDown { throw Down() }
        return try fixture.issue(request)
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await renewer.run() }
        group.addTask { try await fixture.renewed.next() }
        group.addTask { try await fixture.advance(by: .seconds(86_400)) }
        // Renewing is done first; the others are cut off.
        try await group.next()
        group.cancelAll()
      }
      #expect(failures.withLock { $0 } < 0)
      #expect(try fixture.state.identity.load().leaf.notAfter > fixture.epoch + 86_400)
    }
  }

  @Test func giveUpLoudlyOnceExpired() async throws {
    try await withFixture { fixture in
      let before = try fixture.state.identity.load()
      let attempts = Mutex(0)
      let renewer = fixture.renewer { _ in
        attempts.withLock { $0 += 1 }
        throw Down()
      }
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let error = await #expect(throws: SessionError.self) { try await renewer.run() }
          #expect(error?.code == .expired)
        }
        group.addTask { try await fixture.advance(by: .seconds(90_000)) }
        _ = try? await group.next()
        group.cancelAll()
      }
      #expect(attempts.withLock { $0 } > 50)
      #expect(try fixture.state.identity.load().leaf == before.leaf)
    }
  }

  @Test func aWrongAnswerNeverReplacesAWorkingPair() async throws {
    let stranger = GatewayIdentity.worker(
      tenant: try TenantName("other"), pool: try PoolName("p"), id: .random())
    let answers: [@Sendable (Fixture, CertificateRequest) throws -> RenewedCertificate] = [
      { fixture, request in
        let issued = try fixture.ca.issue(for: request, identity: stranger, now: fixture.now)
        return RenewedCertificate(chain: issued.chain, gatewayCA: [fixture.ca.certificate])
      },
      { fixture, _ in
        let other = try CertificateRequest(verifying: SigningKey.generate().certificateRequest())
        return try fixture.issue(other)
      },
      { fixture, request in
        let ca = try GatewayCA.create(trustDomain: "gw.test")
        let issued = try ca.issue(for: request, identity: fixture.identity, now: fixture.now)
        return RenewedCertificate(chain: issued.chain, gatewayCA: [fixture.ca.certificate])
      },
      { fixture, request in
        let issued = try fixture.ca.issue(
          for: request, identity: fixture.identity, lifetime: .seconds(60), now: fixture.now)
        return RenewedCertificate(chain: issued.chain, gatewayCA: [fixture.ca.certificate])
      },
      { _, _ in RenewedCertificate(chain: [], gatewayCA: []) },
    ]
    for answer in answers {
      try await withFixture { fixture in
        let before = try fixture.state.identity.load()
        let renewer = fixture.renewer { try answer(fixture, $0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await renewer.run() }
          group.addTask { try await fixture.advance(by: .seconds(86_000)) }
          for _ in 0..<3 { _ = try await fixture.renewals.next() }
          group.cancelAll()
        }
        #expect(try fixture.state.identity.load().leaf == before.leaf)
      }
    }
  }

  @Test func stopsAtOnceOnGracefulShutdown() async throws {
    try await withFixture { fixture in
      let group = ServiceGroup(
        services: [fixture.renewer(fixture.issue)],
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        try await fixture.clock.waitForSleepers { !$0.isEmpty }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
      }
    }
  }
}
