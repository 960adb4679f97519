package import SallyportCore

/// The attempts that this worker has taken on lately, so that none is run twice: neither one that
/// is offered again, nor one that a stale epoch brings back.
package struct AttemptHistory: Hashable, Sendable {
  /// Jobs that are remembered.
  package static let capacity = 1_024

  /// The highest epoch of each job.
  private var epochs: [JobID: UInt64] = [:]
  /// Oldest first.
  private var order: [JobID] = []

  package init() {}

  package func contains(_ attempt: AttemptID) -> Bool {
    (epochs[attempt.job] ?? 0) >= attempt.epoch
  }

  package mutating func note(_ attempt: AttemptID) {
    if let epoch = epochs[attempt.job] {
      epochs[attempt.job] = max(epoch, attempt.epoch)
      return
    }
    epochs[attempt.job] = attempt.epoch
    order.append(attempt.job)
    if order.count > Self.capacity { epochs[order.removeFirst()] = nil }
  }

  /// The latest of each job, oldest first.
  package var attempts: [AttemptID] {
    order.compactMap { job in epochs[job].map { AttemptID(job: job, epoch: $0) } }
  }
}
