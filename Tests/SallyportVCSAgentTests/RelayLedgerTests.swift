import HTTPTypes
import NIOCore
import SallyportCore
import SallyportLedger
import SallyportRelay
import SallyportTestSupport
import Testing

@testable import SallyportVCSAgent

/// What a VCS agent records of a relay, and that it serves nothing that it cannot record.
@Suite struct RelayLedgerTests {
  private let upstream = CountingUpstream()

  @Test func aRequestIsRecordedBeforeItIsServedAndAfter() async throws {
    let harness = try HandlerHarness(upstream)
    _ = try await harness.uploadPack("team/app.git", [1, 2, 3])
    await harness.handler.relayEnded(reason: nil)
    #expect(harness.ledger.notes.isEmpty)
    let kinds = harness.ledger.entries.map { type(of: $0).kind }
    #expect(kinds == [.relay, .request, .request, .relay])
    let requests = harness.ledger.all(LedgerRequest.self)
    #expect(requests.map(\.event) == [.admitted, .served])
    #expect(requests.allSatisfy { $0.repository == "team/app.git" && $0.decision.isAllowed })
    #expect(requests[1].admission == 2 && requests[1].status == 200)
    #expect(requests[1].bytesIn == 3 && requests[1].bytesOut == 0)
    let relays = harness.ledger.all(LedgerRelay.self)
    #expect(relays.map(\.event) == [.opened, .closed] && relays[1].bytesIn == 3)
    #expect(relays.allSatisfy { $0.peer == harness.peer.spiffeID })
  }

  @Test func aRequestThatIsRefusedIsNotedOnly() async throws {
    let harness = try HandlerHarness(upstream)
    #expect(try await harness.advertise("other/app.git").status == 404)
    let request = try #require(harness.ledger.notes.first as? LedgerRequest)
    #expect(request.event == .refused && request.decision.isAllowed == false)
    #expect(request.status == 404 && request.decision.reason == "not-allowed")
    #expect(harness.ledger.all(LedgerRelay.self).count == 1)
  }

  @Test func aResetIsRecordedWithWhatWasSent() async throws {
    struct Broken: Error {}
    let harness = try HandlerHarness(upstream)
    let pieces = AsyncThrowingStream<ByteBuffer, any Error> { continuation in
      continuation.yield(ByteBuffer(bytes: [1, 2]))
      continuation.finish(throwing: Broken())
    }
    await #expect(throws: Broken.self) {
      try await harness.send(
        .post, "/team/app.git/git-upload-pack",
        fields: [.contentType: GitRequest.requestType], stream: pieces)
    }
    let requests = harness.ledger.all(LedgerRequest.self)
    #expect(requests.map(\.event) == [.admitted, .reset] && requests.last?.bytesIn == 2)
  }

  @Test func nothingIsServedWhileTheLedgerCannotBeWritten() async throws {
    let harness = try HandlerHarness(upstream)
    harness.ledger.setFailing(true)
    let refused = try await harness.advertise("team/app.git")
    #expect(refused.status == 503 && upstream.paths.isEmpty)
    #expect(harness.log.text.contains("request refused: it cannot be recorded"))
    harness.ledger.setFailing(false)
    #expect(try await harness.advertise("team/app.git").status == 200)
    // Who was at the other end is recorded all the same.
    #expect(harness.ledger.all(LedgerRelay.self).map(\.event) == [.opened])
  }

  @Test func aRelayInWhichNothingWasAskedIsNotedOnly() async throws {
    let harness = try HandlerHarness(upstream)
    await harness.handler.relayEnded(reason: "the seal failed")
    #expect(harness.ledger.entries.isEmpty)
    let relay = try #require(harness.ledger.notes.first as? LedgerRelay)
    #expect(relay.event == .refused && relay.peer == nil && relay.reason == "the seal failed")
  }
}
