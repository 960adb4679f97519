import Foundation
import SallyportCore
import SallyportProtos
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportWorker

/// Sessions and connections that come and go while attempts go on.
extension WorkerTests {
  @Test func noBackoffOutlastsALease() async throws {
    let gateway = FakeGateway()
    gateway.welcome.withLock { $0.leaseDuration.seconds = 2 }
    let backoff = Backoff(base: .seconds(3_600), maximum: .seconds(3_600))
    try await RunningWorker.with(gateway, backoff: backoff) { running in
      gateway.offer(attempt) { $0.command = ["sleep", "600"] }
      try await gateway.nextMessage { message in
        if case .accept = message { () } else { nil }
      }
      gateway.disconnect()
      let hello = try await gateway.next { event in
        if case .hello(let hello) = event { hello } else { nil }
      }
      #expect(hello.inventory.map(\.jobID) == [attempt.job.rawValue])
    }
  }

  @Test func aGatewayThatGoesAwayDoesNotTouchTheJob() async throws {
    try await RunningWorker.with { running in
      let gateway = running.gateway
      gateway.offer(attempt) {
        $0.command = [
          "sh", "-c",
          "i=0; while [ $i -lt 40 ]; do echo $i; i=$((i+1)); sleep 0.02; "
            + "done",
        ]
      }
      _ = try await gateway.next { if case .hello = $0 { () } else { nil } }
      for _ in 0..<3 {
        try await waitForText("\n", gateway)
        gateway.disconnect()
        let hello = try await gateway.next { event in
          if case .hello(let hello) = event { hello } else { nil }
        }
        #expect(hello.inventory.map(\.jobID) == [attempt.job.rawValue])
        try await gateway.nextMessage { message in
          if case .renewLeases(let renewal) = message, renewal.attempts == [attempt.message] {
            ()
          } else {
            nil
          }
        }
      }
      let request = try await finish(gateway)
      #expect(request.outcome == .succeeded)
      #expect(isComplete(request, at: gateway))
      #expect(try gateway.text(of: attempt) == (0..<40).map { "\($0)\n" }.joined())
    }
  }

  @Test func aNewConnectionDoesNotCutACheckoutOnTheOldOne() async throws {
    let checkouts = FakeCheckout()
    checkouts.hangs.withLock { $0 = true }
    try await RunningWorker.with(checkouts: checkouts) { running in
      let gateway = running.gateway
      _ = try await gateway.next { if case .hello = $0 { () } else { nil } }
      gateway.offer(attempt) {
        $0.command = ["cat", "file"]
        $0.checkout.vcsPool = "git"
        $0.checkout.repository = "a.git"
      }
      _ = try await checkouts.started.wait()
      running.handOver()
      let hello = try await gateway.next { event in
        if case .hello(let hello) = event { hello } else { nil }
      }
      #expect(hello.inventory.map(\.phase) == [.running])
      try await gateway.next { if case .sessionEnded = $0 { () } else { nil } }
      checkouts.released.set(true)
      let request = try await finish(gateway)
      #expect(request.outcome == .succeeded)
      #expect(isComplete(request, at: gateway))
      #expect(checkouts.requests.withLock { $0.count } == 1)
    }
  }

  @Test func afterItsHelloOnANewConnectionNothingIsAcceptedOnTheOldOne() async throws {
    try await RunningWorker.with { running in
      let gateway = running.gateway
      _ = try await gateway.next { if case .hello = $0 { true } else { nil } }
      gateway.answersHello.withLock { $0 = false }
      running.handOver()
      let hello = try await gateway.next { if case .hello(let hello) = $0 { hello } else { nil } }
      #expect(hello.inventory.isEmpty)
      let attempt = AttemptID(job: .random(), epoch: 1)
      let old = gateway.state.withLock { $0.older }
      old?.yield(
        .with {
          $0.offer.attempt = attempt.message
          $0.offer.externalID = gateway.externalID
          $0.offer.job.command = ["true"]
        })
      // Taken, journaled and given up.
      while running.worker.state.withLock({
        !$0.history.contains(attempt) || $0.table.entries[attempt] != nil
      }) { await Task.yield() }
      old?.yield(.with { $0.ping.nonce = 7 })
      let answer = try await gateway.nextMessage { message -> String? in
        switch message {
        case .accept: "accepted"
        case .pong(let pong) where pong.nonce == 7: "nothing"
        default: nil
        }
      }
      #expect(answer == "nothing")
      gateway.sendWelcome()
      let next = AttemptID(job: .random(), epoch: 1)
      try await waitForCredits(gateway, 2)
      gateway.offer(next) { $0.command = ["true"] }
      try await gateway.nextMessage { if case .accept = $0 { () } else { nil } }
    }
  }
}
