import ServiceLifecycle

/// Tells every session to drain when the process stops, and ends watches.
package struct SessionDrain: Service {
  let services: GatewayServices

  init(services: GatewayServices) { self.services = services }

  package func run() async throws {
    try? await gracefulShutdown()
    services.sessions.stop()
    services.hub.finish()
  }
}
