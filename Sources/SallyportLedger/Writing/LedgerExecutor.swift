internal import Dispatch

/// Runs blocking file work on a serial queue of its own, so that neither the cooperative pool nor
/// an event loop ever waits for a disk.
final class LedgerExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "sallyport.ledger")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
}
