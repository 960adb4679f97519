import NIOCore
import SallyportHTTP2
import SallyportRelay
import Synchronization

/// Two legs joined: what one receives, the other sends.
///
/// The bytes move between the two ``ConnectStream``s, on their event loops. This object only
/// starts them, watches for idleness and collects the outcome.
final class Splice: Sendable {
  let worker: LoopReference<ConnectStream>
  let agent: LoopReference<ConnectStream>
  let meter: RelayMeter
  /// Nil for two half-closes.
  let ended = Outcome<RelayError?>()
  private let state = Mutex(SpliceState())

  init(
    worker: LoopReference<ConnectStream>, agent: LoopReference<ConnectStream>, meter: RelayMeter
  ) {
    self.worker = worker
    self.agent = agent
    self.meter = meter
  }

  /// Answers the agent's leg, then the worker's. Where one is gone already, the other stays
  /// unanswered, so that its handler can still refuse it.
  func start() {
    run(worker) { [self] worker in
      guard let worker, worker.claim() else {
        return ended.set(Self.gone("the worker's leg was answered or lost before the relay began"))
      }
      run(agent) { [self] agent in
        guard let agent, agent.claim() else {
          run(self.worker) { $0?.release() }
          return ended.set(
            Self.gone("the agent's leg was answered or lost before the relay began"))
        }
        agent.join(self, as: .agent, to: self.worker)
        run(self.worker) { [self] worker in
          guard let worker else { return closed(.worker, Self.gone("the worker's leg was lost")) }
          worker.join(self, as: .worker, to: self.agent)
          watchForIdleness(
            of: worker, IdleWatch(meter.bytesToAgent &+ meter.bytesToWorker))
        }
      }
    }
  }

  /// Resets both legs.
  func abort(_ error: RelayError) {
    state.withLock { $0.fail(error) }
    worker.run { $0.reset(.cancel) }
    agent.run { $0.reset(.cancel) }
  }

  func closed(_ side: SpliceState.Side, _ error: RelayError?) {
    let outcome = state.withLock { $0.closed(side, error) }
    if error != nil {
      (side == .worker ? agent : worker).run { $0.reset(.connectError) }
    }
    if let outcome { ended.set(outcome) }
  }

  private func watchForIdleness(of worker: ConnectStream, _ watch: IdleWatch) {
    guard ended.current == nil else { return }
    let timeout = worker.relayIdleTimeout
    let interval = TimeAmount.nanoseconds(
      timeout.nanoseconds / Int64(IdleWatch.samplesPerTimeout))
    self.worker.eventLoop.scheduleTask(in: interval) { [weak self] in
      guard let self, let worker = self.worker.value else { return }
      var watch = watch
      if watch.sample(meter.bytesToAgent &+ meter.bytesToWorker) {
        abort(RelayError(code: .idle, message: "nothing moved through the relay for too long"))
      } else {
        watchForIdleness(of: worker, watch)
      }
    }
  }

  /// On the object's loop, also where the object is gone.
  private func run(
    _ reference: LoopReference<ConnectStream>,
    _ work: @escaping @Sendable (ConnectStream?) -> Void
  ) {
    if reference.eventLoop.inEventLoop {
      work(reference.value)
    } else {
      reference.eventLoop.execute { work(reference.value) }
    }
  }

  private static func gone(_ message: String) -> RelayError {
    RelayError(code: .connectionLost, message: message)
  }
}
