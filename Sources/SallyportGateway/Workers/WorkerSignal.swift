import SallyportCore
import SallyportStore

/// What the rest of the gateway tells a worker's session.
enum WorkerSignal: Hashable, Sendable {
  /// A job of the pool is ready: this one, where it is known which.
  case jobReady(ReadyJob?)
  case cancel(AttemptID, reason: String)
  /// An offer is no longer the worker's.
  case withdraw(AttemptID)
  /// An offer was not answered in time; the job is for others first.
  case lapse(AttemptID)
  case drain(DrainRequest)
  /// The store, which had refused this session something, works again.
  case storeRecovered
  /// The connection is to end; the worker opens a session on another one.
  case leaveConnection
  /// The same, for all connections of this process.
  case gatewayStops
  /// The worker's pool or tenant is no more: whatever it runs is cancelled, and the session ends.
  case dismissed(reason: String)
  case end(SessionEnd)
}
