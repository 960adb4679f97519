internal import Dispatch
import GRDB
import Synchronization

/// Runs reads on as many queues as there are reader connections, the one that was used last first.
///
/// A read changes threads once to begin and once to answer; GRDB's own asynchronous reads do so four
/// times, which counts where every step of a job is a read.
final class StoreReaders: Sendable {
  private typealias Work = @Sendable () -> Void

  private struct State {
    var idle: [DispatchQueue]
    var waiting: ArraySlice<Work> = []
  }

  private let pool: DatabasePool
  private let state: Mutex<State>

  /// - Parameter count: No more than the pool has reader connections, so that none blocks a thread
  ///   while it waits for one.
  init(_ pool: DatabasePool, count: Int) {
    self.pool = pool
    state = Mutex(
      State(idle: (0..<max(1, count)).map { DispatchQueue(label: "sallyport.store.read.\($0)") }))
  }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      perform { [pool] in
        continuation.resume(with: Result { try pool.unsafeRead { try $0.inSnapshot(body) } })
      }
    }
  }

  private func perform(_ work: @escaping Work) {
    let queue = state.withLock { state in
      let queue = state.idle.popLast()
      if queue == nil { state.waiting.append(work) }
      return queue
    }
    guard let queue else { return }
    queue.async {
      work()
      self.performWaiting(on: queue)
    }
  }

  /// On `queue`, until nothing waits.
  private func performWaiting(on queue: DispatchQueue) {
    while let work = nextWaiting(orRest: queue) { work() }
  }

  private func nextWaiting(orRest queue: DispatchQueue) -> Work? {
    state.withLock { state in
      let work = state.waiting.popFirst()
      if work == nil { state.idle.append(queue) }
      return work
    }
  }
}

extension Database {
  /// All that `body` reads is of one moment.
  ///
  /// As GRDB's reads, but with statements that are prepared once.
  fileprivate func inSnapshot<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try run("BEGIN DEFERRED TRANSACTION")
    let result = Result { try body(self) }
    do {
      try run("COMMIT TRANSACTION")
    } catch {
      try rollback()
      throw error
    }
    return try result.get()
  }
}
