import SallyportCore
import SallyportStore

/// A worker's session that is open in this process.
struct OpenWorkerSession: Sendable {
  let id: SessionID
  let worker: WorkerReference
  let connection: ConnectionID
  let openedAt: Timestamp
  var isDraining = false
  let signal: @Sendable (WorkerSignal) -> Void
}
