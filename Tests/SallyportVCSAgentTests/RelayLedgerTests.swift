import HTTPTypes
import NIOCore
import SallyportCore
import SallyportGitProtocol
import SallyportLedger
import SallyportPolicy
import SallyportRelay
import SallyportTestSupport
import Testing

@testable import SallyportVCSAgent

/// What a VCS agent records of a relay, and that it serves nothing that it cannot record.
@Suite struct RelayLedgerTests {
  private let upstream = CountingUpstream()

  @Test func aRequestIsRecordedBeforeItIsServedAndAfter() async throws {
    let harness = try HandlerHarness(upstream)
    _ = try await harness.uploadPack("team/app.git", Array("0000".utf8))
    await harness.handler.relayEnded(reason: nil)
    #expect(harness.ledger.notes.isEmpty)
    let kinds = harness.ledger.entries.map { type(of: $0).kind }
    #expect(kinds == [.relay, .request, .request, .relay])
    let requests = harness.ledger.all(LedgerRequest.self)
    #expect(requests.map(\.event) == [.admitted, .served])
    #expect(requests.allSatisfy { $0.repository == "team/app.git" && $0.decision.isAllowed })
    #expect(requests[1].admission == 2 && requests[1].status == 200)
    #expect(requests[1].bytesIn == 4 && requests[1].bytesOut == 4)
    let relays = harness.ledger.all(LedgerRelay.self)
    #expect(relays.map(\.event) == [.opened, .closed] && relays[1].bytesIn == 4)
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
    struct Breaking: Upstream {
      func serve(
        _ request: UpstreamRequest, body: CheckedBody, response: any SealedResponder
      ) async throws { throw Broken() }
    }
    let harness = try HandlerHarness(Breaking())
    await #expect(throws: Broken.self) {
      try await harness.uploadPack("team/app.git", Array("0000".utf8))
    }
    let requests = harness.ledger.all(LedgerRequest.self)
    #expect(requests.map(\.event) == [.admitted, .reset] && requests.last?.bytesIn == 4)
  }

  /// A body that ends in the middle has been read, and nobody asked.
  @Test func aBodyThatBreaksOffIsNotedOnly() async throws {
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
    #expect(upstream.paths.isEmpty)
    #expect(harness.ledger.notes.compactMap { ($0 as? LedgerRequest)?.event } == [.reset])
  }

  @Test func whatIsWantedIsRecordedBeforeItIsServed() async throws {
    let id = String(repeating: "1", count: 40)
    let harness = try HandlerHarness(upstream)
    _ = try await harness.fetch(Array(repeating: id, count: 200), .v2)
    let requests = harness.ledger.all(LedgerRequest.self)
    #expect(requests.first?.event == .admitted)
    #expect(requests.allSatisfy { $0.wants.items.first == id })
    #expect(requests.allSatisfy { $0.wants.items.count + Int($0.wants.omitted) == 200 })
    let refused = try HandlerHarness(
      policy: try AdmissionFetchPolicy.repositories(["team/*"]), upstream)
    _ = try await refused.uploadPack("team/app.git", .pktLines("want x", "0000", "done"))
    #expect(refused.ledger.all(LedgerRequest.self).map(\.event) == [.refused])
    #expect(refused.ledger.notes.count == 1)
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
