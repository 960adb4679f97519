import GRPCCore
import NIOCore
import SallyportConfig
import SallyportCore
import SallyportRelay
import SallyportTransport

/// One of the gateway's listeners: a gRPC server over mutual TLS.
struct GatewayListener: Sendable {
  let name: String
  /// As configured: the port may be zero.
  let address: HostPort
  let socket: ListeningSocket
  let transport: SecureServerTransport
  let server: GRPCServer<SecureServerTransport>

  var namedSocket: NamedSocket { NamedSocket(name: name, address: address, socket: socket) }

  /// For revocation.
  var liveConnections: any LiveConnections { transport.liveConnections }

  /// The bound port; waits until it is served.
  func boundPort() async throws -> Int? { try await transport.listeningAddress.port }

  /// Serves until ``drain()`` and until the last connection has ended.
  func serve() async throws {
    do {
      try await server.serve()
    } catch let error as RuntimeError {
      throw ErrorReport(
        "cannot listen on \(address) (listen.\(name)): \(error.cause ?? error)",
        exitCode: ExitCode.unavailable)
    }
  }

  /// Of a successor: the process before accepts no more.
  func startAccepting() { transport.startAccepting() }

  /// Leaves what comes from now on to a successor, in the kernel's queue.
  func stopAccepting() async { await transport.stopAccepting() }

  /// Accepts nothing more, and closes the socket.
  func stopListening() async { await transport.stopListening() }

  /// Announces the end to every connection, which has `shutdown.grace` to finish.
  func drain() { server.beginGracefulShutdown() }
}
