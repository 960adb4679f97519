import SallyportRelay
import Synchronization

@testable import SallyportTransport

/// The gateway's decision about relays, as simple as it can be: the next agent's leg serves the
/// next worker's.
final class Matchmaker: ConnectHandler {
  private struct Agent {
    let leg: any RelayLeg
    let isDone: AsyncStream<Void>.Continuation
  }

  private let agents: AsyncStream<Agent>
  private let arrived: AsyncStream<Agent>.Continuation
  /// How each relay ended: nil for two half-closes.
  let outcomes: AsyncStream<RelayError?>
  private let ended: AsyncStream<RelayError?>.Continuation
  let meter = RelayMeter()
  private let refusal: RelayRefusal?

  init(refusing refusal: RelayRefusal? = nil) {
    self.refusal = refusal
    (agents, arrived) = AsyncStream.makeStream()
    (outcomes, ended) = AsyncStream.makeStream()
  }

  func handle(_ leg: any RelayLeg) async {
    if let refusal { return leg.refuse(refusal) }
    if leg.authority.hasSuffix(".relay.sallyport") {
      let (isDone, done) = AsyncStream<Void>.makeStream()
      arrived.yield(Agent(leg: leg, isDone: done))
      for await _ in isDone {}
    } else {
      for await agent in agents {
        do {
          defer { agent.isDone.finish() }
          try await leg.splice(to: agent.leg, meter: meter)
          ended.yield(nil)
        } catch {
          ended.yield(error as? RelayError)
        }
        return
      }
    }
  }

  func outcome() async -> RelayError? {
    for await outcome in outcomes { return outcome }
    return nil
  }
}
