/// What a cancellation did. It is decided once: later ones change nothing.
package enum CancelResult: Hashable, Sendable {
  /// The job was queued, and is cancelled.
  case cancelled(JobRecord)
  /// The job was offered, and is cancelled; the offer has to be withdrawn from its worker.
  case withdrawn(JobRecord)
  /// The job runs; its worker has to be told.
  case requested(JobRecord)
  /// Requested before, or the job has ended.
  case unchanged(JobRecord)

  package var job: JobRecord {
    switch self {
    case .cancelled(let job), .withdrawn(let job), .requested(let job), .unchanged(let job): job
    }
  }
}
