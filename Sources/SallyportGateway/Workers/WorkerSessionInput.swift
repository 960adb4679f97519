import SallyportCore
import SallyportStore

/// What happens to a worker's session.
enum WorkerSessionInput: Sendable {
  case message(WorkerMessage)
  case tick
  case signal(WorkerSignal)
  /// Outcomes of the actions that ask for one.
  case opened(WorkerSessionOpening)
  case claimed([JobRecord], specs: [JobID: [UInt8]], externalID: String)
  case answered(AttemptID, isHeld: Bool)
  /// The store is at fault; nothing of the action is known to have happened.
  case storeFailed(WorkerSessionAction)
  case renewed(asked: [AttemptID], held: [JobRecord])
}
