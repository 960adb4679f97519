import SallyportConfig
import SallyportGateway
import ServiceLifecycle

/// All listeners together: they begin, drain and end at the same time.
struct GatewayServer: Service, CustomStringConvertible {
  private enum Part { case listener, drain }

  let gateway: Gateway
  let listeners: [GatewayListener]
  let notifier: ServiceNotifier

  var description: String { "listeners" }

  func run() async throws {
    try await withThrowingTaskGroup(of: Part.self) { group in
      for listener in listeners {
        group.addTask {
          try await listener.serve()
          return .listener
        }
      }
      group.addTask {
        guard (try? await gracefulShutdown()) != nil else { return .drain }
        await drain()
        return .drain
      }
      var open = listeners.count
      while open > 0, let part = try await group.next() {
        if part == .listener { open -= 1 }
      }
      group.cancelAll()
    }
  }

  /// Nothing is accepted first of all, so that whoever moves moves to the successor.
  private func drain() async {
    if !gateway.succession.isHandedOver { notifier.stopping() }
    for listener in listeners { await listener.stopListening() }
    gateway.beginDrain()
    for listener in listeners { listener.drain() }
    await gateway.endSessions()
  }
}
