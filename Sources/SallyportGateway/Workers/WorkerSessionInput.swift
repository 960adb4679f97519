import SallyportCore
import SallyportStore

/// What happens to a worker's session.
enum WorkerSessionInput: Sendable {
  case message(WorkerMessage)
  case tick
  case signal(WorkerSignal)
  /// Outcomes of the actions that ask for one.
  case opened(WorkerSessionOpening)
  case claimed([JobRecord], externalID: String)
  case answered(AttemptID, isHeld: Bool)
  case renewed(asked: [AttemptID], held: [JobRecord])
}

/// What the rest of the gateway tells a worker's session.
enum WorkerSignal: Hashable, Sendable {
  /// A job of the pool is ready.
  case jobReady
  case cancel(AttemptID, reason: String)
  /// An offer is no longer the worker's.
  case withdraw(AttemptID)
  case drain(reason: String)
  case end(SessionEnd)
}

/// What the store said when the session opened.
struct WorkerSessionOpening: Sendable {
  let session: SessionID
  let externalID: String
  let live: [JobRecord]
  let stale: [AttemptID]
  let drain: Bool
}
