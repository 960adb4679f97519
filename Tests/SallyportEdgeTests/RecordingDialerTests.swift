import GRPCCore
import GRPCInProcessTransport
import SallyportEdge
import SallyportLedger
import SallyportRelay
import SallyportTestSupport
import Testing

@Suite struct RecordingDialerTests {
  private struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  private struct Dialer: GatewayDialer {
    var refusal: Failed?

    func withLink<Result: Sendable>(
      _ body: (GatewayLink<InProcessTransport.Client>) async throws -> Result
    ) async throws -> Result {
      if let refusal { throw refusal }
      let transport = InProcessTransport()
      return try await body(
        GatewayLink(
          client: GRPCClient(transport: transport.client), dialer: nil, server: nil))
    }
  }

  @Test func connectionsAreRecordedFromBeginToEnd() async throws {
    let ledger = MemoryLedger()
    let dialer = RecordingDialer(Dialer(), gateway: "gateway.example:443", ledger: ledger)
    try await dialer.withLink { _ in
      #expect(ledger.all(LedgerConnection.self).map(\.event) == [.opened])
    }
    await #expect(throws: Failed.self) {
      try await dialer.withLink { _ -> Void in throw Failed(description: "the line was cut") }
    }
    let refused = RecordingDialer(
      Dialer(refusal: Failed(description: "no route")), gateway: "gateway.example:443",
      ledger: ledger)
    await #expect(throws: Failed.self) { try await refused.withLink { _ in } }
    let connections = ledger.all(LedgerConnection.self)
    #expect(connections.map(\.event) == [.opened, .closed, .opened, .closed, .refused])
    #expect(connections.map(\.reason) == [nil, nil, nil, "the line was cut", "no route"])
    #expect(connections.allSatisfy { $0.gateway == "gateway.example:443" })
    #expect(ledger.entries.isEmpty)
  }
}
