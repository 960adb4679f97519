package import SallyportCore

/// A worker's session asking for jobs.
package struct JobClaim: Hashable, Sendable {
  package var worker: WorkerReference
  /// Must be the newest session of the worker; otherwise nothing is claimed.
  package var session: SessionID
  package var limit: Int
  /// Jobs that this session has rejected before.
  package var excluding: Set<JobID>
  package var acceptUntil: Timestamp
  package var time: Timestamp

  package init(
    worker: WorkerReference, session: SessionID, limit: Int, excluding: Set<JobID> = [],
    acceptUntil: Timestamp, time: Timestamp
  ) {
    self.worker = worker
    self.session = session
    self.limit = limit
    self.excluding = excluding
    self.acceptUntil = acceptUntil
    self.time = time
  }
}
