package import SallyportRelay
import SallyportTransport
import Synchronization

/// The gateway's decision about relays, as simple as it can be: the next agent's leg serves the
/// next worker's.
package final class Matchmaker: ConnectHandler {
  private struct Agent {
    let leg: any RelayLeg
    let isDone: AsyncStream<Void>.Continuation
  }

  private let agents: AsyncStream<Agent>
  private let arrived: AsyncStream<Agent>.Continuation
  /// How each relay ended: nil for two half-closes.
  package let outcomes: AsyncStream<RelayError?>
  private let ended: AsyncStream<RelayError?>.Continuation
  package let meter = RelayMeter()
  private let refusal: RelayRefusal?

  package init(refusing refusal: RelayRefusal? = nil) {
    self.refusal = refusal
    (agents, arrived) = AsyncStream.makeStream()
    (outcomes, ended) = AsyncStream.makeStream()
  }

  package func handle(_ leg: any RelayLeg) async {
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

  package func outcome() async -> RelayError? {
    for await outcome in outcomes { return outcome }
    return nil
  }
}
