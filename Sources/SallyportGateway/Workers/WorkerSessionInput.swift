import SallyportCore
import SallyportStore

/// What happens to a worker's session.
enum WorkerSessionInput: Sendable {
  case message(WorkerMessage)
  case tick
  case signal(WorkerSignal)
  /// Outcomes of the actions that ask for one.
  case opened(WorkerSessionOpening)
  case claimed([JobRecord], OfferContents)
  /// - Parameter lease: Nil where the attempt is not this worker's.
  case answered(AttemptID, lease: GrantedLease?)
  /// The store is at fault; nothing of the action is known to have happened.
  case storeFailed(WorkerSessionAction)
  case renewed(asked: [AttemptID], held: [JobRecord])
}
