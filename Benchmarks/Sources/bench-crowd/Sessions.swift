import ArgumentParser
import BenchmarkSupport
import GRPCCore
import Logging
import SallyportCore
import SallyportProtos
import SallyportRelay
import SallyportSession
import SallyportTransport
import SwiftProtobuf

/// Workers that hold sessions and come back when they lose them, by the supervisor that the real
/// ones use. Lines of standard input, each answered when it is done:
///
///     enroll N FILE   N identities, with the token in FILE
///     open N          sessions for so many more of them
///     return          waits until sessions have been lost, and until all are back
struct Sessions: AsyncParsableCommand {
  @Option(help: "The gateway's port for agents.") var port: Int
  @Option(help: "The gateway's port for enrollment.") var enrollPort: Int
  @Option(help: "Folder with the gateway's CA, ca.der.") var ca: String

  func run() async throws {
    let root = try IdentityFolder(ca).root
    let enroller = Enroller(endpoint: endpoint(enrollPort), root: root)
    let census = Census()
    var identities: [Enroller.Identity] = []
    var opened = 0
    try await withThrowingDiscardingTaskGroup { group in
      for await line in standardInput() {
        let words = line.split(separator: " ")
        let count = words.count > 1 ? Int(words[1]) ?? 0 : 0
        let watch = Stopwatch()
        switch words.first {
        case "enroll":
          let file = words.last.map(String.init) ?? ""
          identities += try await enroller.enroll(count, with: Enroller.readToken(file))
        case "open":
          for identity in identities.dropFirst(opened).prefix(count) {
            let supervisor = supervisor(identity, root, census)
            group.addTask { await census.keep { try await supervisor.run() } }
          }
          opened = min(opened + count, identities.count)
          try await census.reach(opened)
        case "return":
          try await census.fallBelow(opened)
          try await census.reach(opened)
        default: throw ValidationError("not a command: \(line)")
        }
        watch.report(count: census.count).print()
      }
      group.cancelAll()
    }
  }

  private func endpoint(_ port: Int) -> ServerEndpoint {
    ServerEndpoint(host: "127.0.0.1", port: port, serverName: "localhost")
  }

  private func supervisor(
    _ identity: Enroller.Identity, _ root: [UInt8], _ census: Census
  ) -> SessionSupervisor<SecureGatewayDialer> {
    let tls = identity.tls(root: root)
    let dialer = SecureGatewayDialer(endpoint: endpoint(port), tls: { tls })
    var logger = Logger(label: "bench")
    logger.logLevel = .critical
    return SessionSupervisor(dialer: dialer, logger: logger) { link, control in
      try await WorkerConversation.with(link.client) { session, welcome in
        control.established(returnWindow: .seconds(welcome.retryWindow.seconds))
        census.add(1)
        defer { census.add(-1) }
        while true { _ = try await session.answer() }
      }
      return .ended
    }
  }
}
