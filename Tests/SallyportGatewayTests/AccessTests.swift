import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportRelay
import SallyportStore
import SallyportStoreSQLite
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportGateway

@Suite struct AccessTests {
  @Test("each role is refused on the others' services, and the refusal is audited")
  func roles() async throws {
    try await TestGateway.with { gateway in
      let worker = try await gateway.enrolledWorker()
      let agent = try await gateway.enrolledAgent()
      let all = gateway.gateway.agentsServices + gateway.gateway.operatorServices.prefix(1)
      for (peer, calls) in [
        (worker, [Call.listJobs, .vcsSession]), (agent, [.listJobs, .finish, .workerSession]),
        (gateway.operatorPeer(), [.finish, .workerSession, .vcsSession]),
      ] {
        for call in calls {
          let error = await #expect(throws: RPCError.self) {
            try await gateway.connect(peer, all) { try await call.make($0) }
          }
          #expect(error?.code == .permissionDenied, "\(call)")
        }
      }
      let denials = try await gateway.asOperator { client in
        try await client.listAuditRecords(.with { $0.pageSize = 1_000 }).records
      }.filter { $0.detail == "wrong role" }
      #expect(denials.count == 8)
    }
  }

  @Test("no certificate, a foreign trust domain, an expired or unknown certificate: refused")
  func identities() async throws {
    try await TestGateway.with { gateway in
      let anonymous = PeerContext(peer: nil, connection: .random(), remoteAddress: "x")
      let operatorID = GatewayIdentity.operatorNamed(
        tenant: gateway.acme, name: OperatorName(unchecked: "alice"))
      let foreign = gateway.peer(operatorID, trustDomain: "evil.example")
      let unknown = gateway.peer(
        .operatorNamed(tenant: gateway.acme, name: OperatorName(unchecked: "mallory")))
      let gatewayItself = gateway.peer(.gateway)
      let cases: [(PeerContext?, RPCError.Code)] = [
        (nil, .unauthenticated), (anonymous, .unauthenticated), (foreign, .unauthenticated),
        (gatewayItself, .unauthenticated), (unknown, .permissionDenied),
      ]
      for (peer, code) in cases {
        let error = await #expect(throws: RPCError.self) {
          try await gateway.connect(peer, gateway.gateway.operatorServices) {
            try await Call.listJobs.make($0)
          }
        }
        #expect(error?.code == code)
      }
      let peer = gateway.operatorPeer()
      gateway.clock.advance(by: .seconds(86_400))
      let error = await #expect(throws: RPCError.self) {
        try await gateway.connect(peer, gateway.gateway.operatorServices) {
          try await Call.listJobs.make($0)
        }
      }
      #expect(error?.code == .unauthenticated)
    }
  }

  @Test("revoking a worker ends its session at once, loses its job and refuses every call")
  func revocation() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      let job = try await gateway.submit()
      try await gateway.withWorkerSession(peer) { worker, _ in
        _ = try await worker.runJob()
        _ = try await gateway.asOperator { client in
          try await client.revokeWorker(.with { $0.workerID = peer.workerID.rawValue })
        }
        #expect(await worker.end()?.code == .permissionDenied)
      }
      #expect(try await gateway.job(job).state == .lost)
      let error = await #expect(throws: RPCError.self) {
        try await gateway.asPeer(peer) { try await Call.finish.make($0) }
      }
      #expect(error?.code == .permissionDenied)
    }
  }

  @Test("revocation closes the connections of that identity, on every listener, and no others")
  func revokedConnections() async throws {
    final class Connections: LiveConnections {
      let open: [PeerContext]
      let closed = Mutex<[ConnectionID]>([])

      init(_ open: [PeerContext]) { self.open = open }

      func close(
        reason: String, where matches: @escaping @Sendable (PeerContext) -> Bool
      ) async -> Int {
        let found = open.filter(matches).map(\.connection)
        closed.withLock { $0 += found }
        return found.count
      }
    }
    try await TestGateway.with { gateway in
      let (worker, other) = (
        try await gateway.enrolledWorker(), try await gateway.enrolledWorker()
      )
      let agent = try await gateway.enrolledAgent()
      let anonymous = PeerContext(peer: nil, connection: .random(), remoteAddress: "x")
      let listeners = [Connections([worker, other, agent]), Connections([anonymous, worker])]
      for listener in listeners { gateway.gateway.attach(listener) }
      _ = try await gateway.asOperator { client in
        try await client.revokeWorker(.with { $0.workerID = worker.workerID.rawValue })
      }
      for listener in listeners {
        #expect(listener.closed.withLock { $0 } == [worker.connection])
      }
      _ = try await gateway.asOperator { client in
        try await client.revokeAgent(.with { $0.agentID = agent.agentID.rawValue })
      }
      #expect(listeners[0].closed.withLock { $0 } == [worker.connection, agent.connection])
    }
  }

  @Test("a revoked operator is refused on the next call, also by a watch that is open")
  func revokedOperator() async throws {
    try await TestGateway.with { gateway in
      let job = try await gateway.submit()
      let (watching, started) = AsyncStream<Void>.makeStream()
      async let watch: Void = gateway.asOperator { client in
        try await client.watchJob(.with { $0.jobID = job.rawValue }) { response in
          for try await _ in response.messages { started.yield() }
        }
      }
      for await _ in watching { break }
      try await gateway.store.revokeOperator(
        OperatorName(unchecked: "alice"), of: gateway.acme, at: gateway.clock.now,
        audit: AuditEntry(tenant: gateway.acme, time: gateway.clock.now, actor: "", action: "x"))
      gateway.services.hub.publish(job, of: gateway.acme)
      do {
        try await watch
        Issue.record("the watch went on")
      } catch let error as RPCError {
        #expect(error.code == .permissionDenied)
      }
      let error = await #expect(throws: RPCError.self) { try await gateway.job(job) }
      #expect(error?.code == .permissionDenied)
    }
  }

  @Test("a revoked operator is told nothing of what is wrong with a call")
  func revokedOperatorLearnsNothing() async throws {
    try await TestGateway.with { gateway in
      let job = try await gateway.submit()
      try await gateway.store.revokeOperator(
        OperatorName(unchecked: "alice"), of: gateway.acme, at: gateway.clock.now,
        audit: AuditEntry(tenant: gateway.acme, time: gateway.clock.now, actor: "", action: "x"))
      var errors: [RPCError?] = []
      func call(
        _ body: @escaping @Sendable (OperatorClient) async throws -> Void
      ) async {
        errors.append(
          await #expect(throws: RPCError.self) { try await gateway.asOperator(body) })
      }
      for (pool, context, signed) in [
        ("linux", "", []), ("linux", "nowhere", []), ("linux", "/", []), ("/", "", []),
        ("linux", "", [UInt8(1)]),
      ] {
        await call { client in
          _ = try await client.submitJob(
            .with {
              $0.pool = pool
              $0.spec.command = ["true"]
              $0.spec.signedJob = Data(signed)
              if !context.isEmpty { $0.spec.contexts = [context] }
            })
        }
      }
      for id in [job.rawValue, JobID.random().rawValue, "/"] {
        await call { client in
          try await client.readLog(.with { $0.jobID = id }) { response in
            for try await _ in response.messages {}
          }
        }
        await call { client in
          try await client.watchJob(.with { $0.jobID = id }) { response in
            for try await _ in response.messages {}
          }
        }
      }
      #expect(Set(errors.map { $0?.code }) == [.permissionDenied])
      #expect(Set(errors.map { $0?.message }).count == 1)
      let denials = try await gateway.store.auditRecords(of: gateway.acme, after: 0, limit: 100)
        .map(\.entry).filter { $0.decision == .denied }
      #expect(denials.count == errors.count)
      #expect(Set(denials.map(\.detail)) == ["the identity is not in good standing"])
      #expect(
        try await gateway.store.jobs(of: gateway.acme, matching: JobQuery()).map(\.id) == [job])
    }
  }

  @Test("an operator who is revoked by another process loses the connections that are open")
  func revokedElsewhere() async throws {
    try await TestGateway.with { gateway in
      let connections = ConnectionsDouble([
        gateway.operatorPeer(), gateway.operatorPeer(gateway.globex),
        try await gateway.enrolledWorker(),
      ])
      gateway.gateway.attach(connections)
      let last = try await gateway.store.lastRevocation()
      try await gateway.store.revokeOperator(
        OperatorName(unchecked: "alice"), of: gateway.acme, at: gateway.clock.now,
        audit: AuditEntry(tenant: gateway.acme, time: gateway.clock.now, actor: "", action: "x"))
      let next = try await gateway.gateway.maintenance.applyRevocations(after: last)
      #expect(next == last + 1)
      #expect(connections.closed.withLock { $0 } == [true, false, false])
      #expect(try await gateway.gateway.maintenance.applyRevocations(after: next) == next)
    }
  }

  @Test("a flood of denials is bounded in the audit log, and counted")
  func denialBudget() async throws {
    var limits = GatewayLimits()
    limits.maximumDenialsRecorded = 3
    try await TestGateway.with(limits: limits) { gateway in
      let peer = try await gateway.enrolledWorker()
      func refused() async throws {
        _ = try? await gateway.connect(peer, gateway.gateway.operatorServices) {
          try await Call.listJobs.make($0)
        }
      }
      for _ in 0..<10 { try await refused() }
      gateway.clock.advance(by: .seconds(60))
      try await refused()
      let method = "sallyport.operator.v1.OperatorService/ListJobs"
      let records = try await gateway.audit(method)
      #expect(records.count == 4)
      #expect(records.last?.detail.contains("7 more denials") == true)
    }
  }

  enum Call: Sendable {
    case listJobs, finish, workerSession, vcsSession

    func make(_ client: Client) async throws {
      switch self {
      case .listJobs: _ = try await OperatorClient(wrapping: client).listJobs(.init())
      case .finish: _ = try await WorkerClient(wrapping: client).finishAttempt(.init())
      case .workerSession:
        try await WorkerClient(wrapping: client).session(
          requestProducer: { _ in },
          onResponse: { response in for try await _ in response.messages {} })
      case .vcsSession:
        try await VCSClient(wrapping: client).session(
          requestProducer: { _ in },
          onResponse: { response in for try await _ in response.messages {} })
      }
    }
  }
}
