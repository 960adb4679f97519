import Foundation
import Logging
import SallyportConfig
import SallyportMetrics
import Subprocess
import Synchronization
import SystemPackage
import Testing

@testable import SallyportHealth

/// The endpoint on the loopback, asked by our own client and by bytes of a stranger.
struct HealthServerTests {
  private func serving(
    isReady: Bool = true, timeout: Duration = .seconds(60),
    _ body: @Sendable (Int) async throws -> Void
  ) async throws {
    let metrics = MetricsRegistry()
    metrics.counter("hits_total", "Hits.").add(3)
    let board = HealthBoard(
      live: [HealthCheck("loop") { .passing("turns") }],
      ready: [HealthCheck("store") { isReady ? .passing("writable") : .failing("full") }],
      metrics: metrics)
    try await HealthServer(
      HealthAddress(host: "127.0.0.1", port: 0), board, logger: Logger(label: "test"),
      timeout: timeout
    ).serve { port in try await body(port) }
  }

  /// What comes back for these bytes, until the other side closes.
  private func answer(to request: String, port: Int) async throws -> String {
    let result = try await Subprocess.run(
      .path("/bin/bash"),
      arguments: [
        "-c",
        #"exec 3<>/dev/tcp/127.0.0.1/$1; printf '%b' "$2" >&3; timeout 50 cat <&3"#, "bash",
        "\(port)", request,
      ], output: .string(limit: 1 << 20), error: .discarded)
    return result.standardOutput
  }

  @Test("Liveness and readiness are asked apart")
  func answers() async throws {
    try await serving(isReady: false) { port in
      let query = HealthQuery(host: "127.0.0.1", port: port)
      let live = try await query.get("/healthz", accept: "text/plain")
      #expect(live.status == 200)
      #expect(live.body == "ok loop: turns\n")
      let ready = try await query.get("/readyz", accept: "text/plain")
      #expect(ready.status == 503)
      #expect(ready.body == "ok loop: turns\nfailing store: full\n")
      let metrics = try await query.get("/metrics", accept: "text/plain")
      #expect(metrics.body.contains("\nhits_total 3\n"))
    }
  }

  @Test("HEAD has the headers of GET and no body; every answer closes its connection")
  func head() async throws {
    try await serving { port in
      let text = try await answer(
        to: #"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"#, port: port)
      #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(text.contains("Content-Length: 15\r\n"))
      #expect(text.contains("Connection: close\r\n"))
      #expect(text.hasSuffix("\r\n\r\n"))
    }
  }

  @Test(
    "What is not asked for in the right way is refused, and the endpoint goes on",
    arguments: [
      (#"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"#, "405"),
      (#"GET /debug HTTP/1.1\r\nHost: localhost\r\n\r\n"#, "404"),
      (#"GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n"#, "421"),
      (#"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"#, "400"),
      ("GET /healthz HTTP/1.1\\r\\nX: " + String(repeating: "a", count: 20_000), "400"),
    ])
  func refusals(request: String, status: String) async throws {
    try await serving { port in
      let text = try await answer(to: request, port: port)
      #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text.prefix(200))")
      let query = HealthQuery(host: "127.0.0.1", port: port)
      let next = try await query.get("/healthz", accept: "text/plain")
      #expect(next.status == 200)
    }
  }

  @Test("A request that does not come is waited for no longer than the bound")
  func silence() async throws {
    try await serving(timeout: .milliseconds(100)) { port in
      let text = try await answer(to: "GET /hea", port: port)
      #expect(text == "")
    }
  }

  @Test("Connections beyond the bound are closed; those before them are answered")
  func tooMany() async throws {
    try await serving { port in
      // Sixteen that say nothing, then one that asks.
      let script = #"""
        for i in {1..16}; do exec {fd}<>/dev/tcp/127.0.0.1/$1; held+=($fd); done
        exec {ask}<>/dev/tcp/127.0.0.1/$1
        printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n' >&$ask
        echo "last: $(timeout 50 cat <&$ask 2>/dev/null | head -n 1)"
        printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n' >&${held[0]}
        echo "first: $(timeout 50 cat <&${held[0]} | head -n 1)"
        """#
      let result = try await Subprocess.run(
        .path("/bin/bash"), arguments: ["-c", script, "bash", "\(port)"],
        output: .string(limit: 65_536), error: .discarded)
      let lines = result.standardOutput.split { $0.isNewline }
      #expect(lines == ["last: ", "first: HTTP/1.1 200 OK"])
    }
  }

  @Test("A port that is taken is said, with the keys and exit code 69")
  func portInUse() async throws {
    try await serving { port in
      let second = HealthServer(
        HealthAddress(host: "127.0.0.1", port: port),
        HealthBoard(live: [], ready: [], metrics: MetricsRegistry()), logger: Logger(label: "test"))
      let error = await #expect(throws: ErrorReport.self) { try await second.serve { _ in } }
      #expect(error?.exitCode == 69)
      #expect(error?.message?.contains("health.port") == true)
    }
  }

  @Test("The port file names the port while the body runs")
  func portFile() async throws {
    let file = FileManager.default.temporaryDirectory.appending(
      path: "health-port-\(UInt32.random(in: .min ... .max))"
    ).path()
    defer { try? FileManager.default.removeItem(atPath: file) }
    let board = HealthBoard(live: [], ready: [], metrics: MetricsRegistry())
    try await HealthServer(
      HealthAddress(host: "127.0.0.1", port: 0, portFile: file), board, logger: Logger(label: "t")
    ).serve { port in
      let text = try String(contentsOfFile: file, encoding: .utf8)
      #expect(text == "\(port)\n")
    }
  }

  @Test("After the body nobody listens any more, and its error is the server's")
  func end() async throws {
    struct Failure: Error {}
    let port = Mutex(0)
    await #expect(throws: Failure.self) {
      try await serving { bound in
        port.withLock { $0 = bound }
        throw Failure()
      }
    }
    let query = HealthQuery(host: "127.0.0.1", port: port.withLock { $0 })
    let error = await #expect(throws: ErrorReport.self) {
      _ = try await query.get("/healthz", accept: "text/plain")
    }
    #expect(error?.exitCode == 69)
  }
}
