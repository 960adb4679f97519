import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportRelay
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct WorkerSessionTests {
  @Test("a job goes from submit to offer to running to done, and the watcher sees it")
  func wholeLife() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      try await gateway.withWorkerSession(peer) { worker, welcome in
        #expect(welcome.externalID == "external-acme")
        #expect(welcome.retryWindow == .init(GatewayLimits().retryWindow))
        worker.grant(1)
        try await worker.settle()
        let job = try await gateway.submit()
        let attempt = try await worker.offer()
        #expect(attempt.jobID == job.rawValue && attempt.epoch == 1)
        async let states = gateway.asOperator { client in
          try await client.watchJob(.with { $0.jobID = job.rawValue }) { response in
            try await response.messages.reduce(into: []) { $0.append($1.state) }
          }
        }
        worker.accept(attempt)
        try await worker.settle()
        #expect(try await gateway.job(job).state == .running)
        let response = try await gateway.asPeer(peer) { client in
          try await WorkerClient(wrapping: client).finishAttempt(
            .with {
              $0.attempt = attempt
              $0.outcome = .succeeded
              $0.exitCode = 0
            })
        }
        #expect(response.recordedOutcome == .succeeded)
        #expect(try await states.last == .succeeded)
        let done = try await gateway.job(job)
        #expect(done.hasExitCode && done.logState == .incomplete)
      }
    }
  }

  @Test("an offer that is not accepted in 15 s is withdrawn and offered under the next epoch")
  func unacceptedOffer() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      try await gateway.submit()
      try await gateway.withWorkerSession(peer) { worker, _ in
        worker.grant(1)
        let first = try await worker.offer()
        gateway.clock.advance(by: .seconds(15))
        try await gateway.gateway.maintenance.sweepOnce()
        let withdrawn = try await worker.next {
          if case .offerWithdrawn(let offer)? = $0.message { offer.attempt } else { nil }
        }
        #expect(withdrawn == first)
        // The job is for others first; there are none.
        gateway.clock.advance(by: .seconds(60))
        gateway.services.ticks.callDue()
        let second = try await worker.offer()
        #expect(second.jobID == first.jobID && second.epoch == 2)
        // The first epoch is over.
        worker.accept(first)
        let again = try await worker.next {
          if case .offerWithdrawn(let offer)? = $0.message { offer.attempt } else { nil }
        }
        #expect(again == first)
        #expect(try await gateway.audit("attempt.accept").count == 1)
      }
    }
  }

  @Test("a running job's cancel is delivered; the worker's finish decides")
  func cancel() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      let job = try await gateway.submit()
      try await gateway.withWorkerSession(peer) { worker, _ in
        let attempt = try await worker.runJob()
        let cancelled = try await gateway.asOperator { client in
          try await client.cancelJob(
            .with {
              $0.jobID = job.rawValue
              $0.reason = "enough"
            })
        }
        #expect(cancelled.cancelRequested && cancelled.state == .running)
        let order = try await worker.next {
          if case .cancel(let cancel)? = $0.message { cancel } else { nil }
        }
        #expect(order.attempt == attempt && order.reason == "enough")
        worker.send(.with { $0.cancelAcknowledged.attempt = attempt })
        try await worker.settle()
        let response = try await gateway.asPeer(peer) { client in
          try await WorkerClient(wrapping: client).finishAttempt(
            .with {
              $0.attempt = attempt
              $0.outcome = .cancelled
              $0.signal = 15
            })
        }
        #expect(response.recordedOutcome == .cancelled)
        #expect(try await gateway.job(job).state == .cancelled)
      }
    }
  }

  @Test("a newer session supersedes the older; what runs keeps its lease, what is gone is lost")
  func supersede() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      let (kept, gone) = (try await gateway.submit(), try await gateway.submit())
      try await gateway.withWorkerSession(peer) { old, _ in
        let first = try await old.runJob()
        _ = try await old.runJob()
        let attempt = try AttemptID(first)
        let stranger = AttemptID(job: .random(), epoch: 3)
        let again = PeerContext(peer: peer.peer, connection: .random(), remoteAddress: "x")
        try await gateway.withWorkerSession(again, inventory: [attempt, stranger]) { new, welcome in
          #expect(welcome.staleAttempts == [AttemptRef(stranger)])
          #expect(await old.end()?.code == .aborted)
          #expect(try await gateway.job(kept).state == .running)
          #expect(try await gateway.job(gone).state == .lost)
          try await gateway.submit()
          new.grant(1)
          _ = try await new.offer()
        }
      }
    }
  }

  @Test("an operator's drain reaches the worker, now or with its next session")
  func drain() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      func drain() async throws {
        _ = try await gateway.asOperator { client in
          try await client.drainWorker(
            .with {
              $0.workerID = peer.workerID.rawValue
              $0.reason = "maintenance"
            })
        }
      }
      try await drain()
      for connected in [false, true] {
        try await gateway.withWorkerSession(peer) { worker, _ in
          if connected { try await drain() }
          let order = try await worker.next {
            if case .drain(let drain)? = $0.message { drain } else { nil }
          }
          #expect(!order.hasGrace)
          worker.grant(1)
          try await gateway.submit()
          try await worker.settle()
          let listed = try await gateway.asOperator { try await $0.listWorkers(.init()).workers }
          #expect(listed.first?.draining == true && listed.first?.connected == true)
          let jobs = try await gateway.asOperator { try await $0.listJobs(.init()).jobs }
          #expect(jobs.allSatisfy { $0.state == .queued })
        }
      }
    }
  }

  @Test("a drain request is remembered until the worker itself says that it drains")
  func drainIsHeard() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      func draining() async throws -> Bool? {
        try await gateway.asOperator { try await $0.listWorkers(.init()).workers }.first?.draining
      }
      _ = try await gateway.asOperator { client in
        try await client.drainWorker(.with { $0.workerID = peer.workerID.rawValue })
      }
      // A session that ends before its worker has answered.
      for _ in 0..<2 {
        try await gateway.withWorkerSession(peer) { worker, _ in
          _ = try await worker.next { if case .drain? = $0.message { () } else { nil } }
        }
        #expect(try await draining() == true)
      }
      try await gateway.withWorkerSession(peer) { worker, _ in
        worker.send(.with { $0.drain = .init() })
        try await worker.settle()
        #expect(try await draining() == true)
      }
      #expect(try await draining() == false)
    }
  }

  @Test("a sweep that ends hundreds of attempts of one worker does not end its session")
  func manyLeases() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      let count = 300
      for _ in 0..<count { try await gateway.submit() }
      try await gateway.withWorkerSession(peer, capacity: 1_024) { worker, _ in
        worker.grant(1_024)
        for _ in 0..<count { worker.accept(try await worker.offer()) }
        try await worker.settle()
        gateway.clock.advance(by: .seconds(120))
        try await gateway.gateway.maintenance.sweepOnce()
        for _ in 0..<count {
          _ = try await worker.next { if case .cancel? = $0.message { () } else { nil } }
        }
        try await worker.settle()
      }
      #expect(try await gateway.audit("attempt.end").count == count)
    }
  }

  @Test("a job that one worker rejects goes to another that waits, and not back")
  func rejectedElsewhere() async throws {
    try await TestGateway.with { gateway in
      let peers = [try await gateway.enrolledWorker(), try await gateway.enrolledWorker()]
      try await gateway.withWorkerSession(peers[0]) { first, _ in
        try await gateway.withWorkerSession(peers[1]) { second, _ in
          first.grant(2)
          try await first.settle()
          let job = try await gateway.submit()
          let offered = try await first.offer()
          second.grant(1)
          try await second.settle()
          first.send(
            .with {
              $0.reject = .with {
                $0.attempt = offered
                $0.reason = "not mine"
              }
            })
          let again = try await second.offer()
          #expect(again.jobID == job.rawValue && again.epoch == 2)
        }
      }
      #expect(try await gateway.audit("attempt.reject").map(\.decision) == ["allowed"])
      #expect(try await gateway.audit("session.open").count == 2)
      #expect(try await gateway.audit("session.close").count == 2)
    }
  }

  @Test("half a thousand jobs over four workers: each runs once")
  func distribution() async throws {
    try await TestGateway.with { gateway in
      let peers = try await withThrowingTaskGroup(of: PeerContext.self) { group in
        for _ in 0..<4 { group.addTask { try await gateway.enrolledWorker() } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let total = 500
      let taken = try await withThrowingTaskGroup(of: [String].self) { group in
        let (claims, counter) = AsyncStream<Void>.makeStream()
        for peer in peers {
          group.addTask {
            try await gateway.withWorkerSession(peer, capacity: 16) { worker, _ in
              worker.grant(8)
              var jobs: [String] = []
              for try await message in worker.incoming {
                if case .drain? = message.message { break }
                guard case .offer(let offer)? = message.message else { continue }
                jobs.append(offer.attempt.jobID)
                worker.accept(offer.attempt)
                worker.grant(8)
                counter.yield()
              }
              return jobs
            }
          }
        }
        group.addTask {
          try await gateway.asOperator { client in
            for _ in 0..<total {
              _ = try await client.submitJob(
                .with {
                  $0.pool = TestGateway.pool
                  $0.spec.command = ["true"]
                })
            }
          }
          return []
        }
        group.addTask {
          var seen = 0
          for await _ in claims {
            seen += 1
            if seen == total { break }
          }
          gateway.gateway.beginDrain()
          await gateway.gateway.endSessions()
          return []
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(taken.count == total)
      #expect(Set(taken).count == total)
    }
  }

  @Test("a stopping gateway drains its sessions and takes no new ones")
  func shutdown() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      try await gateway.withWorkerSession(peer) { worker, _ in
        gateway.gateway.beginDrain()
        await gateway.gateway.endSessions()
        let drain = try await worker.next {
          if case .drain(let drain)? = $0.message { drain } else { nil }
        }
        #expect(drain.hasGrace)
        #expect(await worker.end()?.code == .unavailable)
      }
      try await gateway.withRawWorkerSession(peer) { worker in
        worker.send(.with { $0.hello = .init() })
        #expect(await worker.end()?.code == .unavailable)
      }
    }
  }
}
