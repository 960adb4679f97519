import GRPCCore
import SallyportCore
import SallyportRelay
import SallyportTransportTestSupport
import Testing

@testable import SallyportTransport

@Suite(.timeLimit(.minutes(1)))
struct CancellationTests {
  /// Answers nothing until the call is cancelled, and then tells the test.
  private static func hanging(
    _ started: AsyncStream<Void>.Continuation, _ cancelled: AsyncStream<Void>.Continuation
  ) -> TestService {
    TestService(methods: [
      "Hang": { _, context in
        started.yield()
        try await context.cancellation.cancelled
        cancelled.yield()
        throw RPCError(code: .cancelled, message: "noticed")
      }
    ])
  }

  @Test func cancellingTheCallerCancelsTheHandler() async throws {
    let (started, start) = AsyncStream<Void>.makeStream()
    let (cancelled, cancel) = AsyncStream<Void>.makeStream()
    try await withStack(Self.hanging(start, cancel)) { client in
      await withTaskGroup(of: Void.self) { group in
        group.addTask { _ = try? await client.echo([], method: "Hang") }
        for await _ in started { break }
        group.cancelAll()
      }
      for await _ in cancelled { break }
    }
  }

  @Test func theDeadlineEndsBothSides() async throws {
    let (_, start) = AsyncStream<Void>.makeStream()
    let (cancelled, cancel) = AsyncStream<Void>.makeStream()
    try await withStack(Self.hanging(start, cancel)) { client in
      // Connected, so that the time goes to the call alone.
      _ = try? await client.echo([], method: "Unknown")
      var options = CallOptions.defaults
      options.timeout = .seconds(1)
      let error = await #expect(throws: RPCError.self) {
        try await client.echo([], method: "Hang", options: options)
      }
      #expect(error?.code == .deadlineExceeded)
      for await _ in cancelled { break }
    }
  }

  @Test func losingTheConnectionFailsCallsAndCancelsHandlers() async throws {
    let (started, start) = AsyncStream<Void>.makeStream()
    let (cancelled, cancel) = AsyncStream<Void>.makeStream()
    let identities = try TestIdentities()
    try await withServer(Self.hanging(start, cancel), identities: identities) { server, port in
      try await withClient(port: port, tls: identities.clientTLS) { client in
        try await withThrowingTaskGroup(of: RPCError?.self) { group in
          group.addTask {
            await #expect(throws: RPCError.self) { try await client.echo([], method: "Hang") }
          }
          for await _ in started { break }
          let closed = await server.liveConnections.close(reason: "revoked") {
            $0.peer?.spiffeID.uri == "spiffe://outer.test/worker/1"
          }
          #expect(closed == 1)
          for try await error in group { #expect(error?.code == .unavailable) }
        }
        for await _ in cancelled { break }
        let error = await #expect(throws: RPCError.self) { try await client.echo([1]) }
        #expect(error?.code == .unavailable)
      }
    }
  }

  @Test func aHandlerThatIgnoresCancellationDoesNotHoldTheCaller() async throws {
    let (release, go) = AsyncStream<Void>.makeStream()
    let service = TestService(methods: [
      "Stubborn": { _, _ in
        for await _ in release { break }
        return StreamingServerResponse { _ in [:] }
      }
    ])
    try await withStack(service) { client in
      _ = try? await client.echo([], method: "Unknown")
      var options = CallOptions.defaults
      options.timeout = .milliseconds(200)
      let error = await #expect(throws: RPCError.self) {
        try await client.echo([], method: "Stubborn", options: options)
      }
      #expect(error?.code == .deadlineExceeded)
      go.yield()
    }
  }
}
