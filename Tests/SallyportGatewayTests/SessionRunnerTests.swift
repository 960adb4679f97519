import GRPCCore
import SallyportStore
import Synchronization
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
      ticks: SessionTicks(clock: clock.gatewayClock, interval: .seconds(10)))
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
    let handled = Mutex(0)
    let outcome = await runner.run(
      request: requests(stream), response: RPCWriter(wrapping: StuckWriter()), leaving: "leave"
    ) { _ in
      handled.withLock { $0 += 1 }
      return nil
    }
    let error = #expect(throws: RPCError.self) { try outcome.get() }
    #expect(error?.code == .resourceExhausted)
    #expect(handled.withLock { $0 } == 4)
  }

  @Test("one message is read at a time, in order; the stream's end is the session's")
  func order() async throws {
    let runner = runner(capacity: 2)
    let (stream, source) = AsyncThrowingStream<Int, any Error>.makeStream()
    for number in 0..<50 { source.yield(number) }
    source.finish()
    let seen = Mutex<[Int]>([])
    try await runner.run(
      request: requests(stream), response: RPCWriter(wrapping: StuckWriter()), leaving: "leave"
    ) { event in
      if case .message(let number) = event { seen.withLock { $0.append(number) } }
      return nil
    }.get()
    #expect(seen.withLock { $0 } == Array(0..<50))
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
    source.yield(1)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await runner.ticks.run() }
      await clock.sleepers(atLeast: 1)
      let outcome = await runner.run(
        request: requests(stream), response: RPCWriter(wrapping: StuckWriter()), leaving: "leave"
      ) { event in
        if case .message = event { clock.advance(by: .seconds(10)) }
        if case .tick = event { return .unresponsive }
        return nil
      }
      let error = #expect(throws: RPCError.self) { try outcome.get() }
      #expect(error?.code == .unavailable)
      group.cancelAll()
    }
  }
}
