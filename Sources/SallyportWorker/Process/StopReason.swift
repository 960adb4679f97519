/// Why a job was stopped before it ended by itself.
package enum StopReason: UInt8, Hashable, Sendable, CaseIterable {
  case timedOut = 1
  case cancelled = 2
  /// The lease was not renewed in time, or the gateway said that it is lost.
  case fenced = 3
  /// The worker was told to stop at once.
  case workerStopped = 4
  /// The worker process is gone.
  case workerLost = 5
  /// The worker could not keep the job's log.
  case logFailed = 6
  /// The worker drains, and the time that its jobs were given for that is over.
  case drainTimeout = 7
}
