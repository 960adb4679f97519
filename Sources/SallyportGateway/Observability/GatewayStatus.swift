package import SallyportCore
import Synchronization

/// What a gateway knows about its own health; read by the health endpoint.
package final class GatewayStatus: Sendable {
  /// Turn with each visit of the maintenance and each check for revocations, also with those that
  /// fail.
  package let visits = LoopTick()
  package let revocationChecks = LoopTick()
  /// Turns with each visit whose transactions were committed.
  package let writes = LoopTick()
  private let draining = Atomic(false)

  package init() {}

  package var isDraining: Bool { draining.load(ordering: .relaxed) }

  func drains() { draining.store(true, ordering: .relaxed) }
}
