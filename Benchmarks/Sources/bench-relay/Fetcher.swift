import BenchmarkSupport
import HTTPTypes
import NIOCore
import SallyportRelay
import SallyportTransport

/// Fetches bytes through relays.
struct Fetcher: Sendable {
  let dialer: any SealedDialer
  let request: RelayRequest
  let isSealed: Bool

  /// All relays at once, each to its end.
  func fetch(relays: Int, bytes: Int) async throws -> Report {
    let watch = Stopwatch()
    let seconds = try await withThrowingTaskGroup(of: Double.self) { group in
      for _ in 0..<relays {
        group.addTask {
          let received = isSealed ? try await sealed(bytes) : try await raw(bytes)
          guard received == bytes else { throw Failure("\(received) of \(bytes) bytes came") }
          return watch.wallSeconds
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    var report = Report()
    report.add("seconds", watch.wallSeconds)
    report.add("cpu_seconds", watch.cpuSeconds)
    report.add("bytes", Double(relays * bytes))
    report.add("fastest_seconds", seconds.min() ?? 0)
    report.add("slowest_seconds", seconds.max() ?? 0)
    return report
  }

  private func raw(_ bytes: Int) async throws -> Int {
    try await RawRelay.receive(bytes, over: dialer, request)
  }

  private func sealed(_ bytes: Int) async throws -> Int {
    try await dialer.withSealedChannel(request) { channel in
      let get = HTTPRequest(method: .get, scheme: "https", authority: "bench", path: "/\(bytes)")
      return try await channel.withExchange(get, requestBody: nil) { response, body in
        var received = 0
        for try await piece in body { received += piece.readableBytes }
        return received
      }
    }
  }
}
