import Synchronization

/// A clock that moves only when a test says so.
final class ManualClock: Clock, Sendable {
  struct Instant: InstantProtocol {
    var offset: Duration
    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private struct State {
    var now = Instant(offset: .zero)
    var nextID = 0
    var sleepers: [Int: (until: Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
    var cancelled: Set<Int> = []
    var watchers: [Int: (isMet: @Sendable ([Duration]) -> Bool, signal: Inbox<Void>)] = [:]

    var remaining: [Duration] { sleepers.values.map { now.duration(to: $0.until) } }

    mutating func takeMetWatchers() -> [Inbox<Void>] {
      let remaining = remaining
      let met = watchers.filter { $0.value.isMet(remaining) }
      for id in met.keys { watchers[id] = nil }
      return met.values.map(\.signal)
    }
  }

  private let state = Mutex(State())

  var now: Instant { state.withLock { $0.now } }
  var minimumResolution: Duration { .nanoseconds(1) }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let id = state.withLock { state in
      defer { state.nextID += 1 }
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (result, watchers) = state.withLock {
          state -> (Result<Void, any Error>?, [Inbox<Void>]) in
          if state.cancelled.remove(id) != nil { return (.failure(CancellationError()), []) }
          if deadline <= state.now { return (.success(()), []) }
          state.sleepers[id] = (deadline, continuation)
          return (nil, state.takeMetWatchers())
        }
        if let result { continuation.resume(with: result) }
        for watcher in watchers { watcher.put(()) }
      }
    } onCancel: {
      let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
        if let sleeper = state.sleepers.removeValue(forKey: id) { return sleeper.continuation }
        state.cancelled.insert(id)
        return nil
      }
      continuation?.resume(throwing: CancellationError())
    }
  }

  func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now = state.now.advanced(by: duration)
      let due = state.sleepers.filter { $0.value.until <= state.now }
      for id in due.keys { state.sleepers[id] = nil }
      return due.values.map(\.continuation)
    }
    for continuation in due { continuation.resume() }
  }

  /// Returns once the remaining times of all sleepers satisfy the condition.
  ///
  /// - Throws: `CancellationError`.
  func waitForSleepers(_ isMet: @escaping @Sendable ([Duration]) -> Bool) async throws {
    let signal = Inbox<Void>()
    let isMetNow = state.withLock { state in
      if isMet(state.remaining) { return true }
      state.watchers[state.nextID] = (isMet, signal)
      state.nextID += 1
      return false
    }
    if !isMetNow { try await signal.next() }
  }
}
