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
  /// The worker has granted credits: a process that drains never does.
  var isReady = false
  let signal: @Sendable (WorkerSignal) -> Void

  var pool: PoolKey { PoolKey(tenant: worker.tenant, pool: worker.pool) }
}
