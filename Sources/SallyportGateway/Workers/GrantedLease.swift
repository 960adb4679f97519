import SallyportCore
import SallyportStore

/// What accepting an offer has given a worker, and the store has on disk.
struct GrantedLease: Sendable {
  var job: JobRecord
  /// No other worker is offered the job before.
  var until: Timestamp
}
