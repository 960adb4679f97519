import ArgumentParser
import BenchmarkSupport
import SallyportTLS
import SallyportTransport

/// Many connections of one process, to see what they cost whoever accepts them.
@main
struct BenchCrowd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-crowd", subcommands: [Idle.self, Sessions.self])
}

/// Connections that do nothing: each line of standard input is a number of them to make, and is
/// answered when they are there.
struct Idle: AsyncParsableCommand {
  @Option var port: Int
  @Option(help: "Folder with the certificate that all of them show, `client`.")
  var identities: String

  func run() async throws {
    let tls = try IdentityFolder(identities).tls(.client)
    let dialer = SecureGatewayDialer(
      endpoint: ServerEndpoint(host: "127.0.0.1", port: port, serverName: "localhost"),
      tls: { tls })
    let census = Census()
    try await withThrowingDiscardingTaskGroup { group in
      for await line in standardInput() {
        let count = Int(line) ?? 0
        let watch = Stopwatch()
        let goal = census.count + count
        for _ in 0..<count {
          group.addTask {
            await census.keep {
              try await dialer.withLink { _ in
                census.add(1)
                defer { census.add(-1) }
                try await Task.sleep(for: .seconds(86_400))
              }
            }
          }
        }
        try await census.reach(goal)
        watch.report(count: census.count).print()
      }
      group.cancelAll()
    }
  }
}

extension Stopwatch {
  func report(count: Int) -> Report {
    var report = Report()
    report.add("seconds", wallSeconds)
    report.add("cpu_seconds", cpuSeconds)
    report.add("connections", Double(count))
    return report
  }
}
