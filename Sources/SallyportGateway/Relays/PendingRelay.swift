import SallyportCore
import SallyportRelay
import SallyportStore

/// One relay from the worker's CONNECT to its end.
struct PendingRelay: Sendable {
  enum Event: Sendable {
    case agentLeg(any RelayLeg)
    case refused(String)
    case cut(String)
  }

  let id = RelayID.random()
  let attempt: AttemptID
  let worker: WorkerReference
  let vcsPool: PoolName
  let openedAt: Timestamp
  let meter = RelayMeter()
  /// For the worker's side, which drives the relay.
  let events: AsyncStream<Event>
  /// Ends when the relay is over, for the agent's side, which waits.
  let end: AsyncStream<Never>
  private let eventSource: AsyncStream<Event>.Continuation
  private let endSource: AsyncStream<Never>.Continuation

  init(attempt: AttemptID, worker: WorkerReference, vcsPool: PoolName, openedAt: Timestamp) {
    self.attempt = attempt
    self.worker = worker
    self.vcsPool = vcsPool
    self.openedAt = openedAt
    (events, eventSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(4))
    (end, endSource) = AsyncStream.makeStream()
  }

  func post(_ event: Event) { eventSource.yield(event) }

  func finish() {
    eventSource.finish()
    endSource.finish()
  }
}
