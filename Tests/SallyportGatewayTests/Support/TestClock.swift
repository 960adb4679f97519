import SallyportStore
import Synchronization

@testable import SallyportGateway

/// A clock that moves when a test says so.
final class TestClock: Sendable {
  private struct Sleeper {
    let wake: Timestamp
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var now = Timestamp(seconds: TestClock.start)
    var sleepers: [UInt64: Sleeper] = [:]
    var nextID: UInt64 = 0
    var cancelled: Set<UInt64> = []
    var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  /// Certificates in tests are issued by the real clock.
  private static let start = GatewayClock.system().now.seconds

  private let state = Mutex(State())

  var now: Timestamp { state.withLock { $0.now } }

  var gatewayClock: GatewayClock {
    GatewayClock(now: { self.now }, sleep: { try await self.sleep($0) })
  }

  func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now = state.now + duration
      let due = state.sleepers.filter { $0.value.wake <= state.now }
      for id in due.keys { state.sleepers[id] = nil }
      return due.values.map(\.continuation)
    }
    for continuation in due { continuation.resume() }
  }

  /// Returns once that many tasks sleep.
  func sleepers(atLeast count: Int) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if state.sleepers.count >= count { return true }
        state.watchers.append((count, continuation))
        return false
      }
      if isThere { continuation.resume() }
    }
  }

  private func sleep(_ duration: Duration) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let watchers: [CheckedContinuation<Void, Never>]? = state.withLock { state in
          if state.cancelled.remove(id) != nil { return nil }
          state.sleepers[id] = Sleeper(wake: state.now + duration, continuation: continuation)
          let ready = state.watchers.filter { $0.count <= state.sleepers.count }
          state.watchers.removeAll { $0.count <= state.sleepers.count }
          return ready.map(\.continuation)
        }
        guard let watchers else { return continuation.resume(throwing: CancellationError()) }
        for watcher in watchers { watcher.resume() }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        let sleeper = state.sleepers.removeValue(forKey: id)
        if sleeper == nil { state.cancelled.insert(id) }
        return sleeper
      }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }
}
