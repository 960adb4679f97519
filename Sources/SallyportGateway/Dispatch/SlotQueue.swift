import SallyportCore

/// Which sessions have credits and jobs, and are kept from them by a cap.
///
/// A slot that is freed wakes one session of each scope that it is in; the store decides who gets
/// it. A session stays in line until it has claimed again, so that nobody overtakes it meanwhile.
struct SlotQueue: Sendable {
  private struct Entry {
    let session: SessionID
    let pool: PoolKey
    let wanted: UInt32
    var isWoken = false
  }

  private var lines: [SlotScope: [Entry]] = [:]
  private var scopes: [SessionID: SlotScope] = [:]
  private var generations: [SlotScope: UInt64] = [:]
  /// How often the caps of tenants have changed, known here or not.
  private var tenantChanges: UInt64 = 0

  /// How many slots have been freed in each scope of the pool; see ``wait(_:for:of:wanted:since:)``.
  func generations(of pool: PoolKey) -> [SlotScope: UInt64] {
    var seen: [SlotScope: UInt64] = [:]
    for scope in SlotScope.all(of: pool) { seen[scope] = generation(of: scope) }
    return seen
  }

  private func generation(of scope: SlotScope) -> UInt64 {
    let own = generations[scope] ?? 0
    return if case .tenant = scope { own + tenantChanges } else { own }
  }

  /// - Returns: False where slots have been freed since `generations`: look again.
  mutating func wait(
    _ session: SessionID, for scope: SlotScope, of pool: PoolKey, wanted: UInt32,
    since generations: [SlotScope: UInt64]
  ) -> Bool {
    guard generations[scope] == generation(of: scope) else { return false }
    _ = leave(session)
    scopes[session] = scope
    lines[scope, default: []].append(Entry(session: session, pool: pool, wanted: wanted))
    return true
  }

  /// - Returns: The scope in which the session had been woken for a slot that may still be free.
  mutating func leave(_ session: SessionID) -> SlotScope? {
    guard let scope = scopes.removeValue(forKey: session),
      let index = lines[scope]?.firstIndex(where: { $0.session == session })
    else { return nil }
    let entry = lines[scope]?.remove(at: index)
    if lines[scope]?.isEmpty == true { lines[scope] = nil }
    return entry?.isWoken == true ? scope : nil
  }

  /// A job of the pool has left its slots.
  ///
  /// - Returns: Whom to tell.
  mutating func freed(_ pool: PoolKey) -> [SessionID] {
    var woken: [SessionID] = []
    for scope in SlotScope.all(of: pool) {
      generations[scope, default: 0] += 1
      if let session = wakeNext(in: scope) { woken.append(session) }
    }
    return woken
  }

  /// The one that has waited longest and has not been told yet, of those that `isMeant` selects.
  mutating func wakeNext(
    in scope: SlotScope, where isMeant: (PoolKey) -> Bool = { _ in true }
  ) -> SessionID? {
    guard let index = lines[scope]?.firstIndex(where: { !$0.isWoken && isMeant($0.pool) }) else {
      return nil
    }
    lines[scope]?[index].isWoken = true
    return lines[scope]?[index].session
  }

  /// A cap has changed: whoever waits in the scope looks again.
  mutating func wakeAll(in scope: SlotScope) -> [SessionID] {
    generations[scope, default: 0] += 1
    var woken: [SessionID] = []
    while let session = wakeNext(in: scope) { woken.append(session) }
    return woken
  }

  mutating func wakeAll() -> [SessionID] {
    lines.keys.flatMap { wakeAll(in: $0) }
  }

  /// The caps of tenants have changed.
  mutating func wakeAllOfTenants() -> [SessionID] {
    let tenants = lines.keys.filter { if case .tenant = $0 { true } else { false } }
    tenantChanges += 1
    return tenants.flatMap { scope in
      var woken: [SessionID] = []
      while let session = wakeNext(in: scope) { woken.append(session) }
      return woken
    }
  }

  /// What each pool that waits for a slot of the tenant would take.
  func competingPools(of tenant: TenantName) -> [PoolName: UInt32] {
    (lines[.tenant(tenant)] ?? []).reduce(into: [:]) { $0[$1.pool.pool, default: 0] += $1.wanted }
  }

  /// What each tenant that waits for a slot of the gateway would take.
  func competingTenants() -> [TenantName: UInt32] {
    (lines[.gateway] ?? []).reduce(into: [:]) { $0[$1.pool.tenant, default: 0] += $1.wanted }
  }
}
