import Logging
import SallyportCore
import SallyportMetrics
import SallyportStore
import Synchronization

/// Makes audit entries, and records denials.
///
/// Denials cost their author nothing, so only so many are recorded one by one; the rest is counted,
/// and the count is recorded with the next one.
final class AuditLog: Sendable {
  private let store: any Store
  private let clock: GatewayClock
  private let limits: GatewayLimits
  private let metrics: GatewayMetrics
  private let budgets = Mutex<[TenantName?: DenialBudget]>([:])

  init(store: any Store, clock: GatewayClock, limits: GatewayLimits, metrics: GatewayMetrics) {
    self.store = store
    self.clock = clock
    self.limits = limits
    self.metrics = metrics
  }

  /// An entry to commit together with what it describes.
  func allowed(
    _ caller: Caller, action: String, object: String = "", detail: String = ""
  ) -> AuditEntry {
    AuditEntry(
      tenant: caller.tenant, time: clock.now, actor: caller.actor, action: action, object: object,
      decision: .allowed, detail: detail)
  }

  /// An attempt that ended without its worker's doing, or a job that never had its turn.
  func ended(_ job: JobRecord) -> AuditEntry {
    let expired = job.state == .timedOut
    return AuditEntry(
      tenant: job.tenant, time: clock.now, actor: "",
      action: expired ? "job.expire" : "attempt.end",
      object: expired ? job.id.rawValue : "\(job.attempt)", decision: .denied, detail: job.reason)
  }

  func sessionOpens(_ caller: Caller, _ session: SessionID) -> AuditEntry {
    allowed(
      caller, action: "session.open", object: session.rawValue,
      detail: "from \(caller.remoteAddress)")
  }

  /// Never fails: the session is over either way.
  func sessionEnds(
    _ caller: Caller, _ session: SessionID, _ outcome: Result<Void, any Error>
  ) async {
    let detail =
      switch outcome {
      case .success: "in good order"
      case .failure(let error): "\(error)"
      }
    try? await store.record(
      allowed(caller, action: "session.close", object: session.rawValue, detail: detail))
  }

  func deny(_ caller: Caller, action: String, object: String = "", detail: String) async throws {
    try await deny(
      tenant: caller.tenant, actor: caller.actor, action: action, object: object, detail: detail)
  }

  /// - Parameter tenant: Nil for a caller whom no tenant can be held to.
  /// - Returns: Whether it was recorded, and not only counted.
  @discardableResult
  func deny(
    tenant: TenantName?, actor: String, action: String, object: String = "", detail: String
  ) async throws -> Bool {
    metrics.denials(action).increment()
    let now = clock.now
    let suppressed = budgets.withLock { budgets in
      budgets[tenant, default: DenialBudget(start: now)].spend(
        at: now, limit: limits.maximumDenialsRecorded, interval: limits.auditInterval)
    }
    guard let suppressed else { return false }
    let note = suppressed == 0 ? "" : " (\(suppressed) more denials were not recorded)"
    try await store.record(
      AuditEntry(
        tenant: tenant, time: now, actor: actor, action: action, object: object,
        decision: .denied, detail: detail + note))
    return true
  }

  func record(_ entry: AuditEntry) async throws { try await store.record(entry) }
}
