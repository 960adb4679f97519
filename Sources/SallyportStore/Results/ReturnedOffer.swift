package import SallyportCore

/// An offer that went back to the queue.
package struct ReturnedOffer: Hashable, Sendable {
  package var job: JobRecord
  package var worker: WorkerID?
  /// The attempt that is over.
  package var attempt: AttemptID

  package init(job: JobRecord, worker: WorkerID?, attempt: AttemptID) {
    self.job = job
    self.worker = worker
    self.attempt = attempt
  }
}
