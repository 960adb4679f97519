/// Jobs that changed state without their worker's doing.
package struct JobChanges: Hashable, Sendable {
  /// Now in a final state.
  package var ended: [JobRecord]
  /// Back in the queue; each with the attempt that is over.
  package var requeued: [ReturnedOffer]

  package init(ended: [JobRecord] = [], requeued: [ReturnedOffer] = []) {
    self.ended = ended
    self.requeued = requeued
  }
}
