import SallyportStore
import Synchronization

/// Tells every session that time has passed, from one task: a task and a timer for each session
/// would cost as much memory as the rest of what an idle session has.
final class SessionTicks: Sendable {
  /// Parts of the interval by which a tick may be late.
  private static let precision = 16

  private struct Listener {
    var due: Timestamp
    let tick: @Sendable () -> Void
  }

  private struct State {
    var listeners: [ObjectIdentifier: Listener] = [:]
  }

  private let clock: GatewayClock
  private let interval: Duration
  private let state = Mutex(State())

  init(clock: GatewayClock, interval: Duration) {
    self.clock = clock
    self.interval = interval
  }

  /// From now on `tick` is called once per interval, until ``remove(_:)``. It must hold the listener.
  func add(_ listener: AnyObject, _ tick: @escaping @Sendable () -> Void) {
    let due = clock.now + interval
    state.withLock { $0.listeners[ObjectIdentifier(listener)] = Listener(due: due, tick: tick) }
  }

  func remove(_ listener: AnyObject) {
    state.withLock { _ = $0.listeners.removeValue(forKey: ObjectIdentifier(listener)) }
  }

  /// Returns when the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      do { try await clock.sleep(interval / Self.precision) } catch { return }
      callDue()
    }
  }

  /// One look at who is due; a call of its own for tests.
  func callDue() {
    let now = clock.now
    let due = state.withLock { state -> [@Sendable () -> Void] in
      var due: [@Sendable () -> Void] = []
      var index = state.listeners.startIndex
      while index < state.listeners.endIndex {
        if state.listeners.values[index].due <= now {
          state.listeners.values[index].due = now + interval
          due.append(state.listeners.values[index].tick)
        }
        state.listeners.formIndex(after: &index)
      }
      return due
    }
    for tick in due { tick() }
  }
}
