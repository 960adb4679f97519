package import SallyportLedger
package import SallyportRelay

/// Records connections to the gateway: that they were made or refused, and how they ended.
package struct RecordingDialer<Base: GatewayDialer>: GatewayDialer {
  private let base: Base
  private let gateway: String
  private let ledger: any LedgerRecording

  /// - Parameter gateway: Host and port, as configured.
  package init(_ base: Base, gateway: String, ledger: any LedgerRecording) {
    self.base = base
    self.gateway = gateway
    self.ledger = ledger
  }

  package func withLink<Result: Sendable>(
    _ body: (GatewayLink<Base.Transport>) async throws -> Result
  ) async throws -> Result {
    var isOpen = false
    do {
      let result = try await base.withLink { link in
        isOpen = true
        ledger.note(LedgerConnection(.opened, gateway: gateway))
        return try await body(link)
      }
      ledger.note(LedgerConnection(.closed, gateway: gateway))
      return result
    } catch {
      ledger.note(
        LedgerConnection(isOpen ? .closed : .refused, gateway: gateway, reason: "\(error)"))
      throw error
    }
  }
}
