import ArgumentParser
import BenchmarkSupport
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import SallyportTLS
import SallyportTransport

/// Serves until it is killed, and prints its port.
struct Serve: AsyncParsableCommand {
  @OptionGroup var connection: Connection

  func run() async throws {
    let folder = try IdentityFolder(connection.identities)
    switch connection.transport {
    case .sallyport:
      let tls = try folder.tls(.server)
      try await serve(SecureServerTransport(host: "127.0.0.1", port: 0, tls: { tls })) {
        try await $0.listeningAddress.port
      }
    case .nio, .nioUncoalesced:
      let transport = HTTP2ServerTransport.Posix(
        address: .ipv4(host: "127.0.0.1", port: 0),
        transportSecurity: .mTLS(
          certificateChain: [.bytes(try folder.certificate("server"), format: .der)],
          privateKey: .bytes(try folder.key("server"), format: .der)
        ) { configuration in
          configuration.trustRoots = .certificates([.bytes(folder.root, format: .der)])
          configuration.clientCertificateVerification = .noHostnameVerification
        },
        config: .defaults { config in
          if connection.transport == .nioUncoalesced { config.connection.flushCoalescing = nil }
        })
      try await serve(transport) { try await $0.listeningAddress.ipv4?.port }
    }
  }

  private func serve<Transport: ServerTransport>(
    _ transport: Transport, port: @escaping @Sendable (Transport) async throws -> Int?
  ) async throws {
    let server = GRPCServer(transport: transport, services: [StreamService()])
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask { try await server.serve() }
      say("listening on \(try await port(transport) ?? 0)")
    }
  }
}
