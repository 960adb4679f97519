import SallyportCore

/// What a worker's session has to do next, in order.
enum WorkerSessionAction: Sendable, Equatable {
  case send(MessageToWorker)
  /// Take over from older sessions and reconcile; answered by ``WorkerSessionInput/opened(_:)``.
  case open(SessionGreeting)
  /// Answered by ``WorkerSessionInput/claimed(_:_:)``.
  case claim(limit: Int, excluding: Set<JobID>)
  /// The session cannot use the wake it got; another one of the pool may.
  case passOn(ReadyJob?)
  /// Answered by ``WorkerSessionInput/answered(_:lease:)``.
  case accept(AttemptID)
  case reject(AttemptID, reason: String)
  /// Answered by ``WorkerSessionInput/renewed(asked:held:)``.
  case renew([AttemptID])
  case acknowledgeCancel(AttemptID)
  case noteDraining
  /// The worker takes jobs.
  case noteReady
  /// The worker has said that it drains, whoever asked for it.
  case clearDrainRequest
  case end(SessionEnd)

  /// Whether the session can go on where the store refuses this.
  var canWait: Bool {
    switch self {
    case .claim, .accept, .reject, .renew, .acknowledgeCancel, .clearDrainRequest: true
    case .send, .open, .passOn, .noteDraining, .noteReady, .end: false
    }
  }
}
