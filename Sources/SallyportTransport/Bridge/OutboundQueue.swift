import Synchronization

/// Items on their way from tasks to an event loop.
///
/// Writers push without waiting for the loop's thread and wake the loop once for a burst. They
/// wait for room while more than ``limit`` bytes are queued here and in the HTTP/2 engine.
final class OutboundQueue<Item: Sendable>: Sendable {
  private struct State {
    var items: [Item] = []
    var isScheduled = false
    var queuedBytes = 0
    var closed: (any Error)?
    var waiters: [UInt64: CheckedContinuation<Void, any Error>] = [:]
    var nextWaiterID: UInt64 = 0
    var cancelledWaiterIDs: Set<UInt64> = []
  }

  /// Bytes that may be queued before writers wait; they go on at half of it.
  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int = 256 * 1_024) { self.limit = limit }

  /// Task side.
  /// - Parameter bytes: What the item adds to the bytes that ``sent(_:)`` will report.
  /// - Returns: True where the loop has to be told to call ``drain()``.
  /// - Throws: What the loop closed the queue with.
  func push(_ item: Item, bytes: Int = 0) throws -> Bool {
    try state.withLock { state in
      if let closed = state.closed { throw closed }
      state.items.append(item)
      state.queuedBytes += bytes
      defer { state.isScheduled = true }
      return !state.isScheduled
    }
  }

  /// Task side: the last item. Whoever waits for room, or pushes after it, gets the error.
  ///
  /// - Returns: True where the loop has to be told to call ``drain()``.
  func pushLast(_ item: Item, throwing error: any Error) -> Bool {
    let (isToldToDrain, waiters) = state.withLock { state in
      guard state.closed == nil else { return (false, state.waiters) }
      state.closed = error
      state.items.append(item)
      defer {
        state.isScheduled = true
        state.waiters = [:]
      }
      return (!state.isScheduled, state.waiters)
    }
    for waiter in waiters.values { waiter.resume(throwing: error) }
    return isToldToDrain
  }

  /// Task side: whether a writer would not have to wait.
  var hasRoom: Bool { state.withLock { $0.queuedBytes <= limit } }

  /// Task side: returns once fewer bytes than the limit are queued.
  func waitForRoom() async throws {
    let waiterID = try state.withLock { state -> UInt64? in
      if let closed = state.closed { throw closed }
      guard state.queuedBytes > limit else { return nil }
      state.nextWaiterID += 1
      return state.nextWaiterID
    }
    guard let waiterID else { return }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let outcome = state.withLock { state -> Result<Void, any Error>? in
          if let closed = state.closed { return .failure(closed) }
          if state.cancelledWaiterIDs.remove(waiterID) != nil {
            return .failure(CancellationError())
          }
          guard state.queuedBytes > limit / 2 else { return .success(()) }
          state.waiters[waiterID] = continuation
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        let waiter = state.waiters.removeValue(forKey: waiterID)
        if waiter == nil { state.cancelledWaiterIDs.insert(waiterID) }
        return waiter
      }
      waiter?.resume(throwing: CancellationError())
    }
  }

  /// Loop side.
  func drain() -> [Item] {
    state.withLock { state in
      state.isScheduled = false
      defer { state.items.removeAll(keepingCapacity: true) }
      return state.items
    }
  }

  /// Loop side: bytes have left the engine.
  func sent(_ bytes: Int) {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, any Error>] in
      state.queuedBytes -= bytes
      guard state.queuedBytes <= limit / 2, !state.waiters.isEmpty else { return [] }
      defer { state.waiters.removeAll() }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Loop side: nothing more can be sent.
  func close(throwing error: any Error) {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, any Error>] in
      guard state.closed == nil else { return [] }
      state.closed = error
      state.items = []
      defer { state.waiters.removeAll() }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume(throwing: error) }
  }
}
