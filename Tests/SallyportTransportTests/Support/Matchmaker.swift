import SallyportRelay
import Synchronization

@testable import SallyportTransport

/// The gateway's decision about relays, as simple as it can be: the next agent's leg serves the
/// next worker's.
final class Matchmaker: ConnectHandler {
  private let agents: AsyncStream<any RelayLeg>
  private let arrived: AsyncStream<any RelayLeg>.Continuation
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
      arrived.yield(leg)
      // The worker's task uses the leg from here on.
      let forever = AsyncStream<Void>.makeStream()
      for await _ in forever.stream {}
    } else {
      for await agent in agents {
        do {
          try await leg.splice(to: agent, meter: meter)
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
