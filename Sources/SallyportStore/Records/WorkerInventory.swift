package import SallyportCore

/// What a worker says in its Hello that it runs, or has finished and not yet reported.
package struct WorkerInventory: Hashable, Sendable {
  package var worker: WorkerReference
  package var running: Set<AttemptID>
  package var finished: Set<AttemptID>
  package var leaseUntil: Timestamp
  package var maximumOffers: UInt64
  package var time: Timestamp

  package init(
    worker: WorkerReference, running: Set<AttemptID>, finished: Set<AttemptID>,
    leaseUntil: Timestamp, maximumOffers: UInt64, time: Timestamp
  ) {
    self.worker = worker
    self.running = running
    self.finished = finished
    self.leaseUntil = leaseUntil
    self.maximumOffers = maximumOffers
    self.time = time
  }
}
