import Logging
import SallyportStore
import ServiceLifecycle

/// Heartbeat, and the sweep of expired leases and offers.
package struct GatewayMaintenance: Service, CustomStringConvertible {
  let services: GatewayServices

  package var description: String { "maintenance" }

  init(services: GatewayServices) { self.services = services }

  package func run() async throws {
    let outage = try await services.store.resume(
      at: services.clock.now, grace: services.limits.restartGrace)
    if outage != .zero {
      services.logger.info(
        "leases moved on by the time since the last heartbeat",
        metadata: ["seconds": "\(outage.components.seconds)"])
    }
    try await cancelWhenGracefulShutdown {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await beat() }
        group.addTask { try await sweep() }
        group.addTask { try await watchRevocations() }
        try await group.next()
        group.cancelAll()
      }
    }
  }

  private func beat() async throws {
    while !Task.isCancelled {
      do { try await services.clock.sleep(services.limits.heartbeatInterval) } catch { return }
      await attempt("heartbeat") { try await services.store.beat(at: services.clock.now) }
    }
  }

  private func sweep() async throws {
    while !Task.isCancelled {
      do { try await services.clock.sleep(services.limits.sweepInterval) } catch { return }
      await attempt("sweep") { try await sweepOnce() }
    }
  }

  /// One sweep; a call of its own for tests.
  func sweepOnce() async throws {
    let audit = services.audit
    let changes = try await services.store.sweep(
      at: services.clock.now, maximumEpoch: services.limits.maximumOffers,
      ended: { audit.ended($0) })
    services.notifier.apply(changes)
  }

  /// Operators are revoked on the gateway's host, by another process: what they have open ends
  /// within ``GatewayLimits/revocationInterval``.
  private func watchRevocations() async throws {
    var last = try await services.store.lastRevocation()
    while !Task.isCancelled {
      do { try await services.clock.sleep(services.limits.revocationInterval) } catch { return }
      await attempt("revocation check") { last = try await applyRevocations(after: last) }
    }
  }

  /// One check; a call of its own for tests.
  ///
  /// - Returns: The number of the last one.
  func applyRevocations(after last: UInt64) async throws -> UInt64 {
    let revocations = try await services.store.revocations(after: last)
    for revocation in revocations { await services.revoked(revocation.subject) }
    return revocations.last?.sequence ?? last
  }

  /// A store that fails now may work again at the next try.
  private func attempt(_ name: String, _ body: () async throws -> Void) async {
    do {
      try await body()
    } catch is CancellationError {
    } catch {
      services.logger.error("\(name) failed", metadata: ["error": "\(error)"])
    }
  }
}
