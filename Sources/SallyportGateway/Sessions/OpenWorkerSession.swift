import SallyportCore
import SallyportStore

/// A worker's session that is open in this process.
struct OpenWorkerSession: Sendable {
  let id: SessionID
  /// Of two sessions of one worker, the one with the higher number is the newer.
  let number: UInt64
  let worker: WorkerReference
  var labels: [String: String] = [:]
  var isDraining = false
  let signal: @Sendable (WorkerSignal) -> Void
}
