import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct SuccessionTests {
  private let tenant = TenantName(unchecked: "acme")

  @Test func linesAreReadInPiecesAndUnknownOnesLeftOut() {
    let job = JobID.random()
    var lines = SuccessionLines()
    let long = String(repeating: "x", count: SuccessionMessage.maximumLength + 1)
    let text = "later words\n\(long)\nready\nchanged \(job.rawValue) acme\nchanged x acme\nrea"
    var found: [SuccessionMessage] = []
    for byte in text.utf8 { found += lines.receive([byte]) }
    #expect(found == [.ready, .changed(job, tenant)])
    #expect(lines.receive("dy\n".utf8) == [.ready])
    for message in [SuccessionMessage.ready, .released, .changed(job, tenant)] {
      #expect(SuccessionMessage(line: message.line) == message)
    }
  }

  @Test("what the other process has not said is found when it says nothing any more")
  func lastWords() async throws {
    try await TestGateway.with { old in
      let new = old.restarted()
      let peer = try await new.enrolledWorker()
      try await new.withWorkerSession(peer) { worker, _ in
        try await old.asOperator { client in
          _ = try await client.pausePool(
            .with {
              $0.name = TestGateway.pool
              $0.reason = "maintenance"
            })
        }
        worker.grant(1)
        try await worker.settle()
        let job = try await old.submit()
        // Nobody tells the new process of any of this.
        try await old.asOperator { client in
          _ = try await client.resumePool(.with { $0.name = TestGateway.pool })
          _ = try await client.drainWorker(.with { $0.workerID = peer.workerID.rawValue })
        }
        try await new.gateway.lookAgain()
        var hasOffer = false
        var hasDrain = false
        while !(hasOffer && hasDrain) {
          try await worker.next { message -> Void? in
            switch message.message {
            case .offer(let offer): hasOffer = offer.attempt.jobID == job.rawValue
            case .drain: hasDrain = true
            default: return nil
            }
            return ()
          }
        }
      }
    }
  }

  @Test("a job cancelled through one process reaches the worker that is connected to the other")
  func cancelAcrossProcesses() async throws {
    try await TestGateway.with { old in
      let new = old.restarted()
      let messages = old.services.succession.messages()
      let peer = try await new.enrolledWorker()
      try await new.withWorkerSession(peer) { worker, _ in
        worker.send(.with { $0.credits = .with { $0.credits = 1 } })
        let job = try await new.asOperator { client in
          try await client.submitJob(
            .with {
              $0.pool = TestGateway.pool
              $0.spec.command = ["sleep", "60"]
            })
        }
        let offer = try await worker.next {
          if case .offer(let offer)? = $0.message { offer } else { nil }
        }
        worker.send(.with { $0.accept = .with { $0.attempt = offer.attempt } })
        // The answer to the renewal: the acceptance is recorded.
        worker.send(.with { $0.renewLeases = .with { $0.attempts = [offer.attempt] } })
        _ = try await worker.next {
          if case .leasesRenewed(let renewed)? = $0.message { renewed } else { nil }
        }
        _ = try await old.asOperator { client in
          try await client.cancelJob(.with { $0.jobID = job.id })
        }
        for await message in messages {
          try await new.gateway.heard(message)
          break
        }
        let cancel = try await worker.next {
          if case .cancel(let cancel)? = $0.message { cancel } else { nil }
        }
        #expect(cancel.attempt == offer.attempt)
      }
    }
  }

  @Test("a job submitted through one process wakes a worker that waits at the other")
  func submitAcrossProcesses() async throws {
    try await TestGateway.with { old in
      let new = old.restarted()
      let messages = old.services.succession.messages()
      let peer = try await new.enrolledWorker()
      try await new.withWorkerSession(peer) { worker, _ in
        worker.send(
          .with {
            $0.credits = .with {
              $0.credits = 1
              $0.barrier = 1
            }
          })
        _ = try await worker.next {
          if case .creditsBarrier(let barrier)? = $0.message { barrier } else { nil }
        }
        let job = try await old.asOperator { client in
          try await client.submitJob(
            .with {
              $0.pool = TestGateway.pool
              $0.spec.command = ["true"]
            })
        }
        for await message in messages {
          try await new.gateway.heard(message)
          break
        }
        let offer = try await worker.next {
          if case .offer(let offer)? = $0.message { offer } else { nil }
        }
        #expect(offer.attempt.jobID == job.id)
      }
    }
  }
}
