import Synchronization

/// One thread that does nothing but blocking file work, so that neither the cooperative pool nor an
/// event loop ever waits for a disk. Actors name it as their executor.
///
/// The queue is bounded by its users: each awaits its own work before it enqueues more.
package final class DiskExecutor: SerialExecutor {
  private let queue = Queue()

  package init(name: String) throws(SystemError) {
    try NativeThread.start(name: name) { [queue] in queue.serve() }
  }

  deinit { queue.close() }

  package func enqueue(_ job: consuming ExecutorJob) {
    queue.append(UnownedJob(job), for: asUnownedSerialExecutor())
  }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  /// What the thread holds; it must not keep the executor alive.
  private final class Queue: Sendable {
    private struct State {
      var jobs: [(UnownedJob, UnownedSerialExecutor)] = []
      var closed = false
    }

    private let state = Mutex(State())
    private let available = NativeSemaphore()

    func append(_ job: UnownedJob, for executor: UnownedSerialExecutor) {
      state.withLock { $0.jobs.append((job, executor)) }
      available.signal()
    }

    func close() {
      state.withLock { $0.closed = true }
      available.signal()
    }

    func serve() {
      while true {
        available.wait()
        let (jobs, closed) = state.withLock { state in
          defer { state.jobs = [] }
          return (state.jobs, state.closed)
        }
        for (job, executor) in jobs { job.runSynchronously(on: executor) }
        if closed { return }
      }
    }
  }
}
