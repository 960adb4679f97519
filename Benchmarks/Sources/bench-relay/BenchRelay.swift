import ArgumentParser
import BenchmarkSupport
import SallyportTLS
import SallyportTransport

/// Worker and VCS agent as far as relays go: sessions as a gateway wants them, and bytes.
@main
struct BenchRelay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-relay", subcommands: [Agent.self, Worker.self])
}

struct Link: ParsableArguments {
  @Option(help: "The gateway's address.") var host = "127.0.0.1"
  @Option(help: "The gateway's port for agents.") var port: Int
  @Option(help: "Folder with the outer certificate, `client`.") var identities: String
  @Option(help: "Folder with the inner certificate; none for relays without a seal.")
  var inner: String?

  func dialer(_ role: TLSConfiguration.Role) throws -> SecureGatewayDialer {
    let outer = try IdentityFolder(identities).tls(.client)
    let sealed = try inner.map { try IdentityFolder($0).tls(role) }
    return SecureGatewayDialer(
      endpoint: ServerEndpoint(host: host, port: port, serverName: "localhost"),
      // Without a seal nothing asks for the inner identity, but for which end this is.
      tls: { outer }, sealed: { sealed ?? TLSConfiguration(role: role) })
  }
}
