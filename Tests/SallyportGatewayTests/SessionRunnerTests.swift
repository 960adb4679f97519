import GRPCCore
import SallyportStore
import Testing

@testable import SallyportGateway

@Suite struct SessionRunnerTests {
  private typealias Runner = SessionRunner<Int, Int, String>

  /// A peer that reads nothing.
  private struct StuckWriter: RPCWriterProtocol {
    func write(_ element: Int) async throws {
      try await Task.sleep(for: .seconds(3_600))
    }

    func write(contentsOf elements: some Sequence<Int>) async throws {
      for element in elements { try await write(element) }
    }
  }

  private func runner(capacity: Int = 4, _ clock: TestClock = TestClock()) -> Runner {
    Runner(
      inbox: SessionInbox(capacity: capacity), outbox: SessionOutbox(capacity: capacity),
      clock: clock.gatewayClock, tickInterval: .seconds(10))
  }

  private func requests(
    _ stream: AsyncThrowingStream<Int, any Error>
  ) -> RPCAsyncSequence<Int, any Error> { RPCAsyncSequence(wrapping: stream) }

  @Test("a peer that does not read ends its session when the queue is full")
  func slowPeer() async throws {
    let runner = runner()
    let (stream, source) = AsyncThrowingStream<Int, any Error>.makeStream()
    for number in 0..<100 { source.yield(number) }
    let error = await #expect(throws: RPCError.self) {
      try await runner.run(
        request: requests(stream), response: RPCWriter(wrapping: StuckWriter()), leaving: "leave"
      ) { event in
        if case .message(let number) = event { try runner.outbox.send(number) }
        return nil
      }.get()
    }
    #expect(error?.code == .resourceExhausted)
  }

  @Test("more signals than the queue holds end the session")
  func signalFlood() async throws {
    let runner = runner()
    for _ in 0..<5 { runner.inbox.signal("x") }
    let (stream, source) = AsyncThrowingStream<Int, any Error>.makeStream()
    defer { source.finish() }
    var handled = 0
    let error = await #expect(throws: RPCError.self) {
      try await runner.run(
        request: requests(stream), response: RPCWriter(wrapping: StuckWriter()), leaving: "leave"
      ) { _ in
        handled += 1
        return nil
      }.get()
    }
    #expect(error?.code == .resourceExhausted)
    #expect(handled == 4)
  }

  @Test("one message is read at a time, in order; the stream's end is the session's")
  func order() async throws {
    let runner = runner(capacity: 2)
    let (stream, source) = AsyncThrowingStream<Int, any Error>.makeStream()
    for number in 0..<50 { source.yield(number) }
    source.finish()
    var seen: [Int] = []
    try await runner.run(
      request: requests(stream), response: RPCWriter(wrapping: StuckWriter()), leaving: "leave"
    ) { event in
      if case .message(let number) = event { seen.append(number) }
      return nil
    }.get()
    #expect(seen == Array(0..<50))
  }

  @Test("a lost connection ends a session without an error")
  func lostConnection() async throws {
    let runner = runner()
    let (stream, source) = AsyncThrowingStream<Int, any Error>.makeStream()
    source.finish(throwing: RPCError(code: .unavailable, message: "gone"))
    try await runner.run(
      request: requests(stream), response: RPCWriter(wrapping: StuckWriter()), leaving: "leave"
    ) { _ in nil }.get()
  }

  @Test("the clock ticks")
  func ticks() async throws {
    let clock = TestClock()
    let runner = runner(clock)
    let (stream, source) = AsyncThrowingStream<Int, any Error>.makeStream()
    defer { source.finish() }
    async let moved: Void = {
      await clock.sleepers(atLeast: 1)
      clock.advance(by: .seconds(10))
    }()
    let error = await #expect(throws: RPCError.self) {
      try await runner.run(
        request: requests(stream), response: RPCWriter(wrapping: StuckWriter()), leaving: "leave"
      ) { event in
        if case .tick = event { .unresponsive } else { nil }
      }.get()
    }
    await moved
    #expect(error?.code == .unavailable)
  }
}
