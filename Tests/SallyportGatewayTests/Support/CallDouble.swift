import GRPCCore
import SallyportRelay
import Synchronization

/// Does for another transport, or for a test, what ours does for a call that outlasts its handler: in
/// the tasks of whoever calls ``serve(_:_:)``.
final class CallDouble<Input: Sendable, Output: Sendable>: LastingCall {
  private struct State {
    var isLasting = false
    var isLeft = false
    var whenLeft: (@Sendable () -> Void)?
    var isEnded = false
    var end: RPCError?
    /// Messages that are sent and not written.
    var queued = 0
    var waiters: [CheckedContinuation<Void, any Error>] = []
  }

  private typealias Reader = @Sendable (Result<Input?, any Error>) -> Void
  private typealias Errand = @Sendable () async -> Void

  private let state = Mutex(State())
  private let (readers, readerSource) = AsyncStream<Reader>.makeStream()
  private let (responses, responseSource) = AsyncStream<Output>.makeStream()
  private let (errands, errandSource) = AsyncStream<Errand>.makeStream()
  /// Messages that wait before there is no room.
  private let room: Int

  init(room: Int = .max) { self.room = room }

  var isLasting: Bool { state.withLock { $0.isLasting } }

  /// Until the call ends.
  ///
  /// - Throws: What it ended with.
  func serve(
    _ requests: RPCAsyncSequence<Input, any Error>,
    _ write: @escaping @Sendable (Output) async throws -> Void
  ) async throws {
    async let written: Void = {
      for await response in responses {
        try? await write(response)
        let waiters = state.withLock { state in
          state.queued -= 1
          defer { if state.queued <= room { state.waiters = [] } }
          return state.queued <= room ? state.waiters : []
        }
        for waiter in waiters { waiter.resume() }
      }
    }()
    await withDiscardingTaskGroup { group in
      group.addTask {
        var messages = requests.makeAsyncIterator()
        for await reader in self.readers {
          do { reader(.success(try await messages.next())) } catch { reader(.failure(error)) }
        }
      }
      for await errand in errands { group.addTask { await errand() } }
      group.cancelAll()
    }
    await written
    if let error = state.withLock({ $0.end }) { throw error }
  }

  /// The caller has abandoned the call, or its connection is to end.
  func leave() {
    let whenLeft = state.withLock { state in
      state.isLeft = true
      defer { state.whenLeft = nil }
      return state.whenLeft
    }
    whenLeft?()
  }

  // MARK: LastingCall

  func outlastHandler(whenLeft: @escaping @Sendable () -> Void) {
    let isLeft = state.withLock { state in
      state.isLasting = true
      if !state.isLeft { state.whenLeft = whenLeft }
      return state.isLeft
    }
    if isLeft { whenLeft() }
  }

  func receive<Deserializer: MessageDeserializer>(
    _ deserializer: Deserializer,
    _ body: @escaping @Sendable (Result<Deserializer.Message?, any Error>) -> Void
  ) {
    readerSource.yield { body($0.map { $0 as? Deserializer.Message }) }
  }

  func send<Serializer: MessageSerializer>(
    _ message: Serializer.Message, _ serializer: Serializer
  ) throws -> Bool {
    guard let message = message as? Output else {
      throw RPCError(code: .internalError, message: "not a message of this call")
    }
    return try state.withLock { state in
      guard !state.isEnded else { throw CancellationError() }
      state.queued += 1
      responseSource.yield(message)
      return state.queued <= room
    }
  }

  func waitForRoom() async throws {
    try await withCheckedThrowingContinuation { continuation in
      let result = state.withLock { state -> Result<Void, any Error>? in
        if state.isEnded { return .failure(CancellationError()) }
        if state.queued <= room { return .success(()) }
        state.waiters.append(continuation)
        return nil
      }
      if let result { continuation.resume(with: result) }
    }
  }

  func end(_ error: RPCError?) {
    let waiters = state.withLock { state in
      guard !state.isEnded else { return state.waiters }
      state.isEnded = true
      state.end = error
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume(throwing: CancellationError()) }
    responseSource.finish()
    errandSource.finish()
  }

  func run(_ body: @escaping @Sendable () -> Void) { errandSource.yield { body() } }

  func perform(_ body: @escaping @Sendable () async -> Void) { errandSource.yield(body) }
}
