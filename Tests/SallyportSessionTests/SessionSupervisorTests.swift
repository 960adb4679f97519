import Foundation
import GRPCCore
import GRPCInProcessTransport
import Logging
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportRelay
import SallyportSession
import ServiceLifecycle
import SwiftProtobuf
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct SessionSupervisorTests {
  enum Report: Equatable, Sendable {
    case started(Int)
    case drained(Int, DrainCause)
    case pong(Int, UInt64)
    case ended(Int)
  }

  struct Broken: Error {}

  static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  let clock = ManualClock()
  let reports = Inbox<Report>()

  /// Establishes, waits for a drain, returns.
  func waitingBody() -> SessionSupervisor<FakeDialer>.Body {
    { [reports] _, control in
      control.established()
      reports.put(.started(control.number))
      let cause = try await control.drainRequest()
      reports.put(.drained(control.number, cause))
      return .ended
    }
  }

  func expectNext(
    _ expected: Report, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let report = try await reports.next()
    #expect(report == expected, sourceLocation: sourceLocation)
  }

  func run(
    _ supervisor: SessionSupervisor<FakeDialer>, _ body: (ServiceGroup) async throws -> Void
  ) async throws {
    let services = ServiceGroup(services: [supervisor], logger: Self.logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await services.run() }
      try await body(services)
      await services.triggerGracefulShutdown()
      try await group.waitForAll()
    }
  }

  @Test func connectsAndStopsGracefully() async throws {
    let dialer = FakeDialer()
    let supervisor = SessionSupervisor(
      dialer: dialer, clock: clock, logger: Self.logger, body: waitingBody())
    try await run(supervisor) { services in
      try await expectNext(.started(1))
      await services.triggerGracefulShutdown()
      try await expectNext(.drained(1, .shutdown))
    }
    #expect(dialer.dials == 1)
    #expect(dialer.open == 0)
    #expect(supervisor.client == nil)
  }

  @Test func aConnectionThatIsRetiredIsLeftSoon() async throws {
    let retire = AsyncStream<Void>.makeStream()
    let dialer = FakeDialer(
      retired: { number in
        if number == 1 {
          for await _ in retire.stream { return }
        } else {
          // Until cancelled.
          try? await Task.sleep(for: .seconds(600))
        }
      })
    let supervisor = SessionSupervisor(
      dialer: dialer, clock: clock, logger: Self.logger, body: waitingBody())
    try await run(supervisor) { services in
      try await expectNext(.started(1))
      retire.continuation.yield()
      try await clock.waitForSleepers { $0.count == 2 }
      clock.advance(by: SupervisorState.handoverSpread)
      try await expectNext(.started(2))
      try await expectNext(.drained(1, .handover))
      #expect(dialer.dials == 2)
      await services.triggerGracefulShutdown()
      try await expectNext(.drained(2, .shutdown))
    }
  }

  @Test func dialsAgainAfterFailuresAndWaitsInBetween() async throws {
    let dialer = FakeDialer { $0 <= 5 ? Broken() : nil }
    let supervisor = SessionSupervisor(
      dialer: dialer, clock: clock, backoff: Backoff(maximum: .seconds(2)), logger: Self.logger,
      body: waitingBody())
    try await run(supervisor) { _ in
      // Besides the backoff sleep the deadlines of the dials so far, of 30 s each.
      for failures in 1...5 {
        try await clock.waitForSleepers { $0.count == failures + 1 }
        #expect(dialer.dials == failures)
        clock.advance(by: .seconds(2))
      }
      try await expectNext(.started(6))
    }
  }

  @Test func aServersHintIsHonoured() async throws {
    var metadata = Metadata()
    metadata.addString("20000", forKey: "grpc-retry-pushback-ms")
    let error = RPCError(code: .unavailable, message: "busy", metadata: metadata)
    let dialer = FakeDialer { $0 == 1 ? error : nil }
    let supervisor = SessionSupervisor(
      dialer: dialer, clock: clock, logger: Self.logger, body: waitingBody())
    try await run(supervisor) { _ in
      try await clock.waitForSleepers { $0.count == 2 && $0.allSatisfy { $0 >= .seconds(20) } }
      clock.advance(by: .seconds(19.9))
      #expect(dialer.dials == 1)
      clock.advance(by: .seconds(0.7))
      try await expectNext(.started(2))
    }
  }

  @Test func aHandoverNeverDropsALiveStream() async throws {
    let dialer = FakeDialer(services: [EchoWorkerService()])
    let nonces = AsyncStream<UInt64>.makeStream()
    let supervisor = SessionSupervisor(
      dialer: dialer, clock: clock, logger: Self.logger
    ) { [reports] link, control in
      let client = Sallyport_Worker_V1_WorkerService.Client(wrapping: link.client)
      return try await client.session(
        requestProducer: { writer in
          try await writer.write(.with { $0.hello.version = "test" })
          let cause = try await control.drainRequest()
          reports.put(.drained(control.number, cause))
          guard control.number == 1 else { return }
          // Asked to drain, the old session still has a stream to finish.
          for await nonce in nonces.stream {
            try await writer.write(.with { $0.ping.nonce = nonce })
          }
        },
        onResponse: { response in
          for try await message in response.messages {
            switch message.message {
            case .welcome:
              control.established()
              reports.put(.started(control.number))
            case .pong(let pong): reports.put(.pong(control.number, pong.nonce))
            default: continue
            }
          }
          reports.put(.ended(control.number))
          return SessionEnd.ended
        })
    }
    try await run(supervisor) { services in
      try await expectNext(.started(1))
      supervisor.requestHandover()
      // The old one is asked to drain only after the new one has started.
      try await expectNext(.started(2))
      try await expectNext(.drained(1, .handover))
      #expect(dialer.mostOpen == 2)
      for nonce in 1...20 as ClosedRange<UInt64> {
        nonces.continuation.yield(nonce)
        try await expectNext(.pong(1, nonce))
      }
      nonces.continuation.finish()
      try await expectNext(.ended(1))
      #expect(supervisor.client != nil)
      await services.triggerGracefulShutdown()
      try await expectNext(.drained(2, .shutdown))
      try await expectNext(.ended(2))
    }
    #expect(dialer.dials == 2)
  }

  @Test func theGatewayMayAskTheSessionToMove() async throws {
    let dialer = FakeDialer()
    let supervisor = SessionSupervisor(
      dialer: dialer, clock: clock, logger: Self.logger
    ) { [reports] _, control in
      control.established()
      reports.put(.started(control.number))
      if control.number == 1 {
        control.requestHandover()
        control.requestHandover()
      }
      let cause = try await control.drainRequest()
      reports.put(.drained(control.number, cause))
      return .ended
    }
    try await run(supervisor) { _ in
      try await expectNext(.started(1))
      // The deadline of the dial, and the time that leaving is put off.
      try await clock.waitForSleepers { $0.count == 2 }
      clock.advance(by: .seconds(1))
      try await expectNext(.started(2))
      try await expectNext(.drained(1, .handover))
    }
    #expect(dialer.dials == 2)
  }

  @Test func aSilentGatewayIsGivenUpAfterThirtySeconds() async throws {
    let dialer = FakeDialer()
    let never = OneShotForTests()
    let supervisor = SessionSupervisor(
      dialer: dialer, clock: clock, logger: Self.logger
    ) { [reports] _, control in
      reports.put(.started(control.number))
      if control.number == 1 {
        do {
          try await never.wait()
        } catch {
          reports.put(.ended(control.number))
          throw error
        }
      }
      control.established()
      _ = try await control.drainRequest()
      return .ended
    }
    try await run(supervisor) { _ in
      try await expectNext(.started(1))
      try await clock.waitForSleepers { $0 == [.seconds(30)] }
      clock.advance(by: .seconds(30))
      try await expectNext(.ended(1))
      try await clock.waitForSleepers { $0.count == 1 }
      clock.advance(by: .seconds(1))
      try await expectNext(.started(2))
    }
  }

  @Test func cancellationCutsSessionsOff() async throws {
    let dialer = FakeDialer()
    let supervisor = SessionSupervisor(
      dialer: dialer, clock: clock, logger: Self.logger, body: waitingBody())
    await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await supervisor.run() }
      _ = try? await reports.next()
      group.cancelAll()
      await #expect(throws: CancellationError.self) { try await group.waitForAll() }
    }
    #expect(dialer.open == 0)
  }

  @Test func aBodyMayStopTheSupervisor() async throws {
    let supervisor = SessionSupervisor(
      dialer: FakeDialer(), clock: clock, logger: Self.logger
    ) { _, control in
      control.established()
      return .stop
    }
    try await supervisor.run()
  }

  @Test func aRenewalGoesOverTheLiveLinkAndMovesTheSession() async throws {
    try await withStatePath { path in
      let ca = try GatewayCA.create(trustDomain: "gw.test")
      let identity = GatewayIdentity.worker(
        tenant: try TenantName("acme"), pool: try PoolName("p"), id: .random())
      let state = try StateDirectory.open(path)
      let key = SigningKey.generate()
      // Nearly over: issued twenty hours ago.
      let old = try ca.issue(
        for: CertificateRequest(verifying: key.certificateRequest()), identity: identity,
        now: Date())
      let wall: @Sendable () -> Date = { Date() + 72_000 }
      try state.identity.replace(key: key, chain: old.chain, roots: [ca.certificate])
      let dialer = FakeDialer(services: [
        RenewingIdentityService(ca: ca, identity: identity, now: wall)
      ])
      let supervisor = SessionSupervisor(
        dialer: dialer, clock: clock, logger: Self.logger, body: waitingBody())
      try await run(supervisor) { _ in
        try await expectNext(.started(1))
        let renewer = CertificateRenewer(
          state: state, role: .worker, clock: clock, now: wall, logger: Self.logger,
          renew: { csr in
            try await RenewedCertificate.request(csr: csr, over: #require(supervisor.client))
          }, onRenewed: { supervisor.requestHandover() })
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await renewer.run() }
          try await expectNext(.started(2))
          try await expectNext(.drained(1, .handover))
          group.cancelAll()
        }
        let renewed = try state.identity.load()
        #expect(renewed.leaf.notAfter > old.notAfter)
        #expect(renewed.leaf.publicKeyFingerprint != old.publicKeyFingerprint)
      }
    }
  }
}

/// Never comes; ends with the task.
struct OneShotForTests: Sendable {
  func wait() async throws {
    let stream = AsyncStream<Void> { _ in }
    for await _ in stream {}
    throw CancellationError()
  }
}
