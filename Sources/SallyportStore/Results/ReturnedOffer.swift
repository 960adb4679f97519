package import SallyportCore

/// An attempt that is over and whose job went back to the queue: an offer that was not accepted, or
/// an attempt that is to be followed by another.
package struct ReturnedOffer: Hashable, Sendable {
  package var job: JobRecord
  package var worker: WorkerID?
  /// The attempt that is over.
  package var attempt: AttemptID
  /// Whether the attempt had been accepted.
  package var hadBegun: Bool

  package init(job: JobRecord, worker: WorkerID?, attempt: AttemptID, hadBegun: Bool) {
    self.job = job
    self.worker = worker
    self.attempt = attempt
    self.hadBegun = hadBegun
  }
}
