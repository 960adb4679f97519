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

  /// All relays at once, each to its end. The time of each counts from when all are open: one that is
  /// open before the others would be alone for a while.
  func fetch(relays: Int, bytes: Int) async throws -> Report {
    let watch = Stopwatch()
    let line = StartingLine(runners: relays)
    let seconds = try await withThrowingTaskGroup(of: Double.self) { group in
      for _ in 0..<relays {
        group.addTask {
          do {
            let received = try await patiently {
              isSealed ? try await sealed(bytes, line) : try await raw(bytes, line)
            }
            guard received == bytes else { throw Failure("\(received) of \(bytes) bytes came") }
            return line.secondsSinceStart
          } catch {
            line.giveUp()
            throw error
          }
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

  /// Asks again when the gateway says to, as a worker does: it has not yet recorded the end of all
  /// relays before these.
  private func patiently(_ body: () async throws -> Int) async throws -> Int {
    while true {
      do {
        return try await body()
      } catch let error as RelayError {
        guard let wait = error.refusal?.retryAfter else { throw error }
        try await Task.sleep(for: wait)
      }
    }
  }

  private func raw(_ bytes: Int, _ line: StartingLine) async throws -> Int {
    try await RawRelay.receive(bytes, over: dialer, request) { await line.wait() }
  }

  private func sealed(_ bytes: Int, _ line: StartingLine) async throws -> Int {
    try await dialer.withSealedChannel(request) { channel in
      await line.wait()
      let get = HTTPRequest(method: .get, scheme: "https", authority: "bench", path: "/\(bytes)")
      return try await channel.withExchange(get, requestBody: nil) { response, body in
        var received = 0
        for try await piece in body { received += piece.readableBytes }
        return received
      }
    }
  }
}
