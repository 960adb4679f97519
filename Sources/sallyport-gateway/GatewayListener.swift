import GRPCCore
import NIOCore
import SallyportConfig
import SallyportCore
import SallyportRelay
import SallyportTransport
import ServiceLifecycle

/// One of the gateway's listeners: a gRPC server over mutual TLS.
struct GatewayListener: Service, CustomStringConvertible {
  let name: String
  let address: HostPort
  let transport: SecureServerTransport
  let server: GRPCServer<SecureServerTransport>

  var description: String { "\(name) listener" }

  /// For revocation.
  var liveConnections: any LiveConnections { transport.liveConnections }

  /// The bound port; waits for it.
  func boundPort() async throws -> Int? { try await transport.listeningAddress.port }

  func run() async throws {
    do {
      try await withGracefulShutdownHandler {
        try await server.serve()
      } onGracefulShutdown: {
        server.beginGracefulShutdown()
      }
    } catch let error as RuntimeError {
      throw ErrorReport(
        "cannot listen on \(address) (listen.\(name)): \(error.cause ?? error)",
        exitCode: ExitCode.unavailable)
    }
  }
}
