import GRPCCore
import HTTPTypes
import SallyportCore
import SallyportProtos
import SallyportRelay
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct RelayServiceTests {
  /// A worker that runs a job, an agent with a session, and the relay service.
  private func withRunningJob(
    limits: GatewayLimits = GatewayLimits(),
    _ body: (TestGateway, PeerContext, WorkerDouble, AttemptRef) async throws -> Void
  ) async throws {
    try await TestGateway.with(limits: limits) { gateway in
      let peer = try await gateway.enrolledWorker()
      try await gateway.submit()
      try await gateway.withWorkerSession(peer) { worker, _ in
        let attempt = try await worker.runJob()
        try await body(gateway, peer, worker, attempt)
      }
    }
  }

  private func leg(_ worker: PeerContext, _ attempt: AttemptRef, pool: String = "git") -> LegDouble
  {
    LegDouble(worker: worker, pool: pool, job: attempt.jobID, epoch: "\(attempt.epoch)")
  }

  private func status(_ gateway: TestGateway, _ leg: LegDouble) async -> Int? {
    await gateway.gateway.relays.handle(leg)
    guard case .refused(let refusal)? = await leg.answer else { return nil }
    return refusal.status
  }

  private func openRelay(_ agent: AgentDouble) async throws -> String {
    try await agent.next {
      if case .openRelay(let relay)? = $0.message { relay.relayID } else { nil }
    }
  }

  @Test("both legs are spliced, counted, listed and audited")
  func spliced() async throws {
    try await withRunningJob { gateway, peer, _, attempt in
      let agentPeer = try await gateway.enrolledAgent()
      try await gateway.withAgentSession(agentPeer) { agent in
        let workerLeg = leg(peer, attempt)
        async let worker: Void = gateway.gateway.relays.handle(workerLeg)
        let id = try await openRelay(agent)
        let agentLeg = LegDouble(authority: "\(id).relay.sallyport", context: agentPeer)
        async let joined: Void = gateway.gateway.relays.handle(agentLeg)
        #expect(await workerLeg.answer == .spliced)
        #expect(await agentLeg.answer == .spliced)
        let live = try await gateway.asOperator { try await $0.listRelays(.init()).relays }
        #expect(live.map(\.id) == [id])
        #expect(live.first?.bytesToWorker == 1_000)
        #expect(live.first?.agentID == agentPeer.agentID.rawValue)
        let job = JobID(unchecked: attempt.jobID)
        #expect(try await gateway.job(job).relayBytesToWorker == 1_000)
        let foreign = try await gateway.asOperator(of: gateway.globex) {
          try await $0.listRelays(.init()).relays
        }
        #expect(foreign.isEmpty)
        workerLeg.finish()
        _ = await (worker, joined)
        let after = try await gateway.job(job)
        #expect(after.relayBytesToWorker == 1_000 && after.relayBytesToAgent == 10)
        let left = try await gateway.asOperator { try await $0.listRelays(.init()).relays }
        #expect(left.isEmpty)
        #expect(try await gateway.audit("relay.open").map(\.decision) == ["allowed"])
        #expect(try await gateway.audit("relay.close").count == 1)
      }
    }
  }

  @Test("what is not the worker's and what does not exist get one and the same refusal")
  func notAllowed() async throws {
    try await withRunningJob { gateway, peer, _, attempt in
      let other = try await gateway.enrolledWorker()
      let foreign = try await gateway.enrolledWorker(gateway.globex)
      let agentPeer = try await gateway.enrolledAgent()
      let epoch = "\(attempt.epoch)"
      let legs = [
        leg(other, attempt), leg(foreign, attempt), leg(agentPeer, attempt),
        leg(gateway.operatorPeer(), attempt), leg(peer, attempt, pool: "linux"),
        leg(peer, attempt, pool: "nowhere"),
        LegDouble(worker: peer, job: attempt.jobID, epoch: "2"),
        LegDouble(worker: peer, job: attempt.jobID, epoch: "0\(epoch)"),
        LegDouble(worker: peer, job: attempt.jobID, epoch: "18446744073709551615"),
        LegDouble(worker: peer, job: JobID.random().rawValue, epoch: epoch),
        LegDouble(worker: peer, job: attempt.jobID.uppercased(), epoch: epoch),
        LegDouble(authority: "git.vcs.sallyport", context: peer),
        LegDouble(
          authority: "git.vcs.sallyport",
          context: PeerContext(peer: nil, connection: .random(), remoteAddress: "x")),
        LegDouble(authority: "169.254.169.254:80", context: peer),
      ]
      var answers: Set<LegDouble.Answer?> = []
      for leg in legs {
        await gateway.gateway.relays.handle(leg)
        answers.insert(await leg.answer)
      }
      #expect(answers == [.refused(.notAllowed)])
      let denials = try await gateway.audit("relay.open")
      #expect(denials.allSatisfy { $0.decision == "denied" } && denials.count == 12)
    }
  }

  @Test("an agent's leg is matched by id, agent and connection, and once")
  func agentLegs() async throws {
    try await withRunningJob { gateway, peer, _, attempt in
      let agentPeer = try await gateway.enrolledAgent()
      let second = try await gateway.enrolledAgent()
      try await gateway.withAgentSession(agentPeer) { agent in
        let workerLeg = leg(peer, attempt)
        async let worker: Void = gateway.gateway.relays.handle(workerLeg)
        let id = try await openRelay(agent)
        let elsewhere = PeerContext(
          peer: agentPeer.peer, connection: .random(), remoteAddress: "x")
        let thief = PeerContext(
          peer: second.peer, connection: agentPeer.connection, remoteAddress: "x")
        let wrong = [
          LegDouble(authority: "\(id).relay.sallyport", context: elsewhere),
          LegDouble(authority: "\(id).relay.sallyport", context: thief),
          LegDouble(authority: "\(id).relay.sallyport", context: peer),
          LegDouble(authority: "\(RelayID.random()).relay.sallyport", context: agentPeer),
        ]
        for leg in wrong { #expect(await status(gateway, leg) == 404) }
        let right = LegDouble(authority: "\(id).relay.sallyport", context: agentPeer)
        async let joined: Void = gateway.gateway.relays.handle(right)
        #expect(await right.answer == .spliced)
        let again = LegDouble(authority: "\(id).relay.sallyport", context: agentPeer)
        #expect(await status(gateway, again) == 404)
        workerLeg.finish()
        _ = await (worker, joined)
        let late = LegDouble(authority: "\(id).relay.sallyport", context: agentPeer)
        #expect(await status(gateway, late) == 404)
        #expect(try await gateway.audit("relay.join").count == 6)
      }
    }
  }

  @Test("no agent: 503 with retry-after; a full or draining one counts as none")
  func noAgent() async throws {
    try await withRunningJob { gateway, peer, _, attempt in
      let lone = leg(peer, attempt)
      await gateway.gateway.relays.handle(lone)
      let refusal = RelayRefusal.noAgent(retryAfter: .seconds(2))
      #expect(await lone.answer == .refused(refusal))
      let agentPeer = try await gateway.enrolledAgent()
      try await gateway.withAgentSession(agentPeer, capacity: 0) { agent in
        #expect(await status(gateway, leg(peer, attempt)) == 503)
      }
      try await gateway.withAgentSession(agentPeer) { agent in
        let workerLeg = leg(peer, attempt)
        async let worker: Void = gateway.gateway.relays.handle(workerLeg)
        let id = try await openRelay(agent)
        agent.send(
          .with {
            $0.relayRefused = .with {
              $0.relayID = id
              $0.reason = "busy"
            }
          })
        #expect(await workerLeg.answer == .refused(refusal))
        _ = await worker
      }
    }
  }

  @Test("an agent that does not open its leg in time: 504, and its CONNECT finds nothing")
  func lateAgent() async throws {
    try await withRunningJob { gateway, peer, _, attempt in
      let agentPeer = try await gateway.enrolledAgent()
      try await gateway.withAgentSession(agentPeer) { agent in
        let workerLeg = leg(peer, attempt)
        async let worker: Void = gateway.gateway.relays.handle(workerLeg)
        let id = try await openRelay(agent)
        // The relay's deadline.
        await gateway.clock.sleepers(atLeast: 1)
        gateway.clock.advance(by: .seconds(10))
        #expect(await workerLeg.answer == .refused(.lateAgent))
        _ = await worker
        let late = LegDouble(authority: "\(id).relay.sallyport", context: agentPeer)
        #expect(await status(gateway, late) == 404)
      }
    }
  }

  @Test("the agent with the fewest relays is asked")
  func leastLoaded() async throws {
    try await withRunningJob { gateway, peer, _, attempt in
      let peers = [try await gateway.enrolledAgent(), try await gateway.enrolledAgent()]
      try await gateway.withAgentSession(peers[0]) { first in
        try await gateway.withAgentSession(peers[1]) { second in
          let legs = [leg(peer, attempt), leg(peer, attempt)]
          async let one: Void = gateway.gateway.relays.handle(legs[0])
          async let two: Void = gateway.gateway.relays.handle(legs[1])
          // Each is asked once: neither of these waits for ever.
          let ids = [try await openRelay(first), try await openRelay(second)]
          #expect(Set(ids).count == 2)
          gateway.services.relays.cut(job: JobID(unchecked: attempt.jobID), reason: "over")
          _ = await (one, two)
        }
      }
    }
  }

  @Test("a job that ends, a worker or agent that is revoked: the relay is cut")
  func cut() async throws {
    enum Cause: CaseIterable { case finish, lease, worker, agent }
    for cause in Cause.allCases {
      try await withRunningJob { gateway, peer, _, attempt in
        let agentPeer = try await gateway.enrolledAgent()
        try await gateway.withAgentSession(agentPeer) { agent in
          let workerLeg = leg(peer, attempt)
          async let worker: Void = gateway.gateway.relays.handle(workerLeg)
          let id = try await openRelay(agent)
          let agentLeg = LegDouble(authority: "\(id).relay.sallyport", context: agentPeer)
          async let joined: Void = gateway.gateway.relays.handle(agentLeg)
          #expect(await workerLeg.answer == .spliced)
          switch cause {
          case .finish:
            _ = try await gateway.asPeer(peer) { client in
              try await WorkerClient(wrapping: client).finishAttempt(
                .with {
                  $0.attempt = attempt
                  $0.outcome = .failed
                })
            }
          case .lease:
            gateway.clock.advance(by: .seconds(120))
            try await gateway.gateway.maintenance.sweepOnce()
          case .worker:
            _ = try await gateway.asOperator { client in
              try await client.revokeWorker(.with { $0.workerID = peer.workerID.rawValue })
            }
          case .agent:
            _ = try await gateway.asOperator { client in
              try await client.revokeAgent(.with { $0.agentID = agentPeer.agentID.rawValue })
            }
          }
          // Both sides return without the worker's leg having ended by itself.
          _ = await (worker, joined)
        }
      }
    }
  }

  @Test("one job's relays are bounded")
  func tooMany() async throws {
    var limits = GatewayLimits()
    limits.maximumRelaysPerJob = 2
    try await withRunningJob(limits: limits) { gateway, peer, _, attempt in
      let agentPeer = try await gateway.enrolledAgent()
      try await gateway.withAgentSession(agentPeer) { agent in
        let legs = [leg(peer, attempt), leg(peer, attempt)]
        async let one: Void = gateway.gateway.relays.handle(legs[0])
        async let two: Void = gateway.gateway.relays.handle(legs[1])
        _ = [try await openRelay(agent), try await openRelay(agent)]
        #expect(await status(gateway, leg(peer, attempt)) == 503)
        // Others are answered as if the job did not exist, and not that it is busy.
        for other in [
          try await gateway.enrolledWorker(), try await gateway.enrolledWorker(gateway.globex),
        ] {
          #expect(await status(gateway, leg(other, attempt)) == 403)
        }
        gateway.services.relays.cut(job: JobID(unchecked: attempt.jobID), reason: "over")
        _ = await (one, two)
      }
    }
  }

  @Test("a VCS agent that is lost just before the splice: 503, so that the worker tries again")
  func lostBeforeSplice() async throws {
    try await withRunningJob { gateway, peer, _, attempt in
      let agentPeer = try await gateway.enrolledAgent()
      try await gateway.withAgentSession(agentPeer) { agent in
        let workerLeg = leg(peer, attempt)
        async let worker: Void = gateway.gateway.relays.handle(workerLeg)
        let id = try await openRelay(agent)
        let agentLeg = LegDouble(
          authority: "\(id).relay.sallyport", context: agentPeer, isLost: true)
        async let joined: Void = gateway.gateway.relays.handle(agentLeg)
        let refusal = RelayRefusal.noAgent(retryAfter: .seconds(2))
        #expect(await workerLeg.answer == .refused(refusal))
        _ = await (worker, joined)
      }
    }
  }

  @Test("authorities are parsed exactly")
  func authorities() {
    #expect(RelayAuthority("git.vcs.sallyport") == .vcsPool(PoolName(unchecked: "git")))
    let id = RelayID.random()
    #expect(RelayAuthority("\(id).relay.sallyport") == .relay(id))
    for text in [
      "", "git", "vcs.sallyport", ".vcs.sallyport", "git.vcs.sallyport.", "git.vcs.sallyport:443",
      "GIT.vcs.sallyport", "git.VCS.sallyport", "a.git.vcs.sallyport", "git.vcs.sallyport\0",
      "../x.vcs.sallyport", "x.relay.sallyport", "\(id).relay.sallyport.x", "git.vcs.other",
      "-git.vcs.sallyport", "git.relay.sallyport",
    ] {
      #expect(RelayAuthority(text) == nil, "\(text)")
    }
  }
}
