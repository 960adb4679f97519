import GRPCCore
import Logging
import SallyportStore
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportGateway

@Suite(.timeLimit(.minutes(1)))
struct GatewaySessionTests {
  private typealias Number = Google_Protobuf_Int32Value
  private typealias Call = CallDouble<Number, Number>

  /// What it does with events, the test says.
  private final class Session: GatewaySession {
    typealias Inbound = Number
    typealias Outbound = Number

    let line: SessionLine<Number, Number, String>
    let logger = Logger(label: "test")
    let leaving = "leave"
    let isOver = Mutex(false)
    let whenEnded = Mutex<@Sendable () -> Void>({})
    private let body: @Sendable (Session, SessionEvent<Number, String>) throws -> SessionStep

    init(
      _ call: Call, capacity: Int = 4, _ clock: TestClock = TestClock(),
      _ body: @escaping @Sendable (Session, SessionEvent<Number, String>) throws -> SessionStep
    ) {
      line = SessionLine(
        capacity: capacity, call: call,
        ticks: SessionTicks(clock: clock.gatewayClock, interval: .seconds(10)))
      self.body = body
    }

    func handle(_ event: SessionEvent<Number, String>) throws -> SessionStep {
      try body(self, event)
    }

    func ended(_ outcome: Result<Void, any Error>) async {
      isOver.withLock { $0 = true }
      whenEnded.withLock { $0 }()
    }
  }

  /// From the handler to the end of the call.
  ///
  /// - Parameters:
  ///   - beforeWriting: What the peer waits for before it reads a message.
  ///   - whenEnded: Called once the session has ended.
  /// - Returns: What the peer was sent.
  private func run(
    _ session: Session, _ call: Call, _ requests: AsyncThrowingStream<Number, any Error>,
    beforeWriting: @escaping @Sendable () async -> Void = {},
    whenEnded: @escaping @Sendable () -> Void = {}
  ) async throws -> [Int32] {
    let sent = Mutex<[Int32]>([])
    session.whenEnded.withLock { $0 = whenEnded }
    session.begin()
    defer { #expect(session.isOver.withLock { $0 }) }
    try await call.serve(RPCAsyncSequence(wrapping: requests)) { message in
      await beforeWriting()
      sent.withLock { $0.append(message.value) }
    }
    return sent.withLock { $0 }
  }

  private func numbers(_ count: Int32, isEnded: Bool = false) -> AsyncThrowingStream<
    Number, any Error
  > {
    let (stream, source) = AsyncThrowingStream<Number, any Error>.makeStream()
    for number in 0..<count { source.yield(Number(number)) }
    if isEnded { source.finish() }
    return stream
  }

  @Test("a peer that does not read ends its session when the queue is full")
  func slowPeer() async throws {
    let call = Call(room: 1)
    let session = Session(call) { session, event in
      if case .message(let number) = event { try session.line.outbox.send(number) }
      return .handled
    }
    let (isEnded, end) = AsyncStream<Void>.makeStream()
    let error = await #expect(throws: RPCError.self) {
      try await self.run(session, call, self.numbers(100)) {
        for await _ in isEnded {}
      } whenEnded: {
        end.finish()
      }
    }
    #expect(error?.code == .resourceExhausted)
  }

  @Test("what waits for room goes out, in order")
  func order() async throws {
    let call = Call(room: 1)
    let (isWritten, written) = AsyncStream<Void>.makeStream()
    let session = Session(call, capacity: 200) { session, event in
      // All of them wait before the first is written.
      if case .message(let number) = event { try session.line.outbox.send(number) }
      if case .ended = event { written.finish() }
      return .handled
    }
    let sent = try await run(session, call, numbers(150, isEnded: true)) {
      for await _ in isWritten {}
    }
    #expect(sent == Array(0..<150))
  }

  @Test("an event's turn comes when the one before is done, also where that takes longer")
  func turns() async throws {
    let call = Call()
    let isBusy = Mutex(false)
    let seen = Mutex<[Int32]>([])
    let session = Session(call) { session, event in
      #expect(isBusy.withLock { !$0 })
      guard case .message(let number) = event else { return .handled }
      isBusy.withLock { $0 = true }
      session.signal("meanwhile")
      return .task {
        for _ in 0..<10 { await Task.yield() }
        seen.withLock { $0.append(number.value) }
        isBusy.withLock { $0 = false }
        return number.value == 20 ? .superseded : nil
      }
    }
    let error = await #expect(throws: RPCError.self) {
      try await self.run(session, call, self.numbers(50))
    }
    #expect(error?.code == .aborted)
    #expect(seen.withLock { $0 } == Array(0...20))
  }

  @Test("more signals than the queue holds end the session, after those that it holds")
  func signalFlood() async throws {
    let call = Call()
    let handled = Mutex(0)
    let session = Session(call) { _, _ in
      handled.withLock { $0 += 1 }
      return .handled
    }
    for _ in 0..<5 { session.signal("x") }
    let error = await #expect(throws: RPCError.self) {
      try await self.run(session, call, self.numbers(0))
    }
    #expect(error?.code == .resourceExhausted)
    #expect(handled.withLock { $0 } == 4)
  }

  @Test("a lost connection ends a session without an error")
  func lostConnection() async throws {
    let call = Call()
    let (stream, source) = AsyncThrowingStream<Number, any Error>.makeStream()
    source.finish(throwing: RPCError(code: .unavailable, message: "gone"))
    _ = try await run(Session(call) { _, _ in .handled }, call, stream)
  }

  @Test("an error ends it with the status that a call would have")
  func failure() async throws {
    let call = Call()
    let session = Session(call) { _, event in
      guard case .message = event else { return .handled }
      return .task { throw StoreError(code: .unavailable, message: "the disk is full") }
    }
    let error = await #expect(throws: RPCError.self) {
      try await self.run(session, call, self.numbers(1))
    }
    #expect(error?.code == .unavailable)
  }

  @Test("whose connection is to end is told so, and goes on until it ends itself")
  func leaving() async throws {
    let call = Call()
    let (stream, source) = AsyncThrowingStream<Number, any Error>.makeStream()
    let seen = Mutex<[String]>([])
    let session = Session(call) { _, event in
      switch event {
      case .signal(let signal):
        seen.withLock { $0.append(signal) }
        source.yield(Number(1))
        return .handled
      case .message: return .end(.finished)
      case .tick, .ended: return .handled
      }
    }
    call.leave()
    _ = try await run(session, call, stream)
    #expect(seen.withLock { $0 } == ["leave"])
  }

  @Test("the clock ticks")
  func ticks() async throws {
    let clock = TestClock()
    let call = Call()
    let session = Session(call, clock) { _, event in
      if case .message = event { clock.advance(by: .seconds(10)) }
      if case .tick = event { return .end(.unresponsive) }
      return .handled
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await session.line.ticks.run() }
      await clock.sleepers(atLeast: 1)
      let error = await #expect(throws: RPCError.self) {
        try await self.run(session, call, self.numbers(1))
      }
      #expect(error?.code == .unavailable)
      group.cancelAll()
    }
  }
}
