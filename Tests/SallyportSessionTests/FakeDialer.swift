import GRPCCore
import GRPCInProcessTransport
import SallyportRelay
import Synchronization

/// Dials a gateway in this process; each link is a connection of its own.
final class FakeDialer: GatewayDialer {
  typealias Transport = InProcessTransport.Client

  private struct State {
    var dials = 0
    var open = 0
    var mostOpen = 0
  }

  private let services: [any RegistrableRPCService]
  private let failure: @Sendable (Int) -> (any Error)?
  private let retired: (@Sendable (Int) async -> Void)?
  private let state = Mutex(State())

  /// - Parameters:
  ///   - failure: What the nth dial, from 1, fails with.
  ///   - retired: Returns when the nth link takes nothing new any more.
  init(
    services: [any RegistrableRPCService] = [],
    failure: @escaping @Sendable (Int) -> (any Error)? = { _ in nil },
    retired: (@Sendable (Int) async -> Void)? = nil
  ) {
    self.retired = retired
    self.services = services
    self.failure = failure
  }

  var dials: Int { state.withLock { $0.dials } }
  var open: Int { state.withLock { $0.open } }
  var mostOpen: Int { state.withLock { $0.mostOpen } }

  func withLink<Result: Sendable>(
    _ body: (GatewayLink<InProcessTransport.Client>) async throws -> Result
  ) async throws -> Result {
    let number = state.withLock { state in
      state.dials += 1
      return state.dials
    }
    if let error = failure(number) { throw error }
    state.withLock { state in
      state.open += 1
      state.mostOpen = max(state.mostOpen, state.open)
    }
    defer { state.withLock { $0.open -= 1 } }
    let transport = InProcessTransport()
    let server = GRPCServer(transport: transport.server, services: services)
    let client = GRPCClient(transport: transport.client)
    var notice: (@Sendable () async -> Void)?
    if let retired { notice = { await retired(number) } }
    let link = GatewayLink(client: client, dialer: nil, server: nil, retired: notice)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      group.addTask { try await client.runConnections() }
      defer {
        client.beginGracefulShutdown()
        server.beginGracefulShutdown()
        group.cancelAll()
      }
      return try await body(link)
    }
  }
}
