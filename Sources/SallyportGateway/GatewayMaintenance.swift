import Logging
import SallyportCore
import SallyportStore
import ServiceLifecycle

/// Heartbeat, the sweep of expired leases and offers, and the ticks of sessions.
package struct GatewayMaintenance: Service, CustomStringConvertible {
  let services: GatewayServices

  package var description: String { "maintenance" }

  init(services: GatewayServices) { self.services = services }

  package func run() async throws {
    try await cancelWhenGracefulShutdown {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await keepTime() }
        group.addTask { await release() }
        group.addTask { try await watchRevocations() }
        group.addTask { await watchRunningLimits() }
        group.addTask { await services.ticks.run() }
        group.addTask { await endPools() }
        try await group.waitForAll()
      }
    }
  }

  /// One sweep; a call of its own for tests.
  func sweepOnce() async throws { try await sweepOnce(at: services.clock.now) }

  func sweepOnce(at time: Timestamp) async throws {
    let audit = services.audit
    let changes = try await services.store.sweep(
      at: time, maximumOffers: services.limits.maximumOffers,
      ended: { audit.ended($0) })
    services.notifier.apply(changes)
  }

  /// Operators are revoked on the gateway's host, by another process: what they have open ends
  /// within ``GatewayLimits/revocationInterval``.
  private func watchRevocations() async throws {
    // Reading fails where the disk does; what was revoked before the start has nothing open here.
    var last: UInt64?
    while !Task.isCancelled {
      await attempt("revocation check") {
        if last == nil { last = try await services.store.lastRevocation() }
      }
      do { try await services.clock.sleep(services.limits.revocationInterval) } catch { return }
      defer { services.status.revocationChecks.turn() }
      guard let known = last else { continue }
      await attempt("revocation check") { last = try await applyRevocations(after: known) }
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

  /// Caps of tenants are set on the gateway's host, by another process, too.
  private func watchRunningLimits() async {
    // Until the first answer, any is a change: waking those who wait once too often does no harm.
    var last: UInt64?
    while !Task.isCancelled {
      await attempt("check of caps") { last = try await applyRunningLimits(after: last) }
      do { try await services.clock.sleep(services.limits.revocationInterval) } catch { return }
    }
  }

  /// One check; a call of its own for tests.
  func applyRunningLimits(after last: UInt64?) async throws -> UInt64 {
    let changes = try await services.store.runningLimitChanges()
    if changes != last { services.dispatcher.tenantsChanged() }
    return changes
  }

  /// A store that fails now may work again at the next try.
  func attempt(_ name: String, _ body: () async throws -> Void) async {
    do {
      try await body()
    } catch is CancellationError {
    } catch {
      services.logger.error("\(name) failed", metadata: ["error": "\(error)"])
    }
  }
}
