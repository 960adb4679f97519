package import SallyportProtos
package import SallyportRelay
import Synchronization

/// One live connection to the gateway, as attempts use it.
package final class GatewayAccess: Sendable {
  /// What may happen to a use of a connection when a newer one takes over.
  package enum Use: Sendable {
    /// Begins again on the newer one.
    case movable
    /// Stays until it ends by itself; the connection is kept open for it.
    case bound
  }

  package let service: any Sallyport_Worker_V1_WorkerService.ClientProtocol
  /// Nil where this worker has no inner certificate and so cannot fetch.
  package let dialer: (any SealedDialer)?
  /// Set once the gateway has announced the connection's end: what is on it goes on, and what is new
  /// waits for the next connection.
  let retired = Latch<Bool>()
  /// Set once a newer connection has taken over.
  let superseded = Latch<Bool>()
  /// Set once the connection must not be used any more.
  let lost = Latch<Bool>()
  private let bound = Mutex(0)
  private let released = Doorbell()

  package init(
    service: any Sallyport_Worker_V1_WorkerService.ClientProtocol, dialer: (any SealedDialer)?
  ) {
    self.service = service
    self.dialer = dialer
  }

  /// Returns once nothing is bound to this connection. One task at a time.
  func waitUntilUnbound() async throws {
    while bound.withLock({ $0 > 0 }) { try await released.wait() }
  }

  func bind() { bound.withLock { $0 += 1 } }

  func release() {
    bound.withLock { $0 -= 1 }
    released.ring()
  }
}
