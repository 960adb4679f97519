import ServiceLifecycle

/// Tells every session to drain when the process stops, and ends watches.
package struct SessionDrain: Service, CustomStringConvertible {
  let services: GatewayServices

  package var description: String { "session drain" }

  init(services: GatewayServices) { self.services = services }

  package func run() async throws {
    try? await gracefulShutdown()
    services.status.drains()
    services.sessions.stop()
    services.hub.finish()
  }
}
