import Synchronization

/// Tells those who watch a pool that its sessions have changed. Carries no state: watchers look at
/// the registry again, so that a slow one misses steps but never the result.
final class PoolWatchers: Sendable {
  private struct State {
    var watchers: [PoolKey: [UInt64: AsyncStream<Void>.Continuation]] = [:]
    var next: UInt64 = 0
    var isFinished = false
  }

  struct Watch: Sendable {
    let number: UInt64
    /// Yields once at first, then after changes; those that come faster than they are taken are one.
    let changes: AsyncStream<Void>
    /// For the watcher itself: to look again, or to end the sequence.
    let source: AsyncStream<Void>.Continuation
  }

  private let state = Mutex(State())

  func watch(_ pool: PoolKey) -> Watch {
    let (changes, source) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let (number, isFinished) = state.withLock { state in
      state.next += 1
      state.watchers[pool, default: [:]][state.next] = source
      return (state.next, state.isFinished)
    }
    if isFinished { source.finish() } else { source.yield() }
    return Watch(number: number, changes: changes, source: source)
  }

  func end(_ watch: Watch, of pool: PoolKey) {
    state.withLock { state in
      state.watchers[pool]?[watch.number] = nil
      if state.watchers[pool]?.isEmpty == true { state.watchers[pool] = nil }
    }
  }

  func publish(_ pool: PoolKey) {
    let sources = state.withLock { Array(($0.watchers[pool] ?? [:]).values) }
    for source in sources { source.yield() }
  }

  /// Ends every watch, when the gateway stops.
  func finish() {
    let sources = state.withLock { state in
      state.isFinished = true
      return state.watchers.values.flatMap(\.values)
    }
    for source in sources { source.finish() }
  }
}
