import GRDB
import SallyportCore
import SallyportStore

/// Caps on running jobs, as a claim's transaction sees them.
extension Database {
  /// How many jobs the claim may bring, and which cap says so.
  func slots(
    for claim: JobClaim, pool: Pool
  ) throws -> (allowed: Int, bound: ClaimShortage?) {
    let tenant = claim.worker.tenant
    var wanted = UInt32(clamping: claim.limit)
    var bound: ClaimShortage?
    if let maximum = pool.maximumRunning {
      let free = maximum.minus(pool.running)
      if free < wanted { (wanted, bound) = (free, .pool) }
    }
    if wanted > 0, let maximum = try runningLimit(of: tenant, standard: claim.limits.perTenant) {
      let free = maximum.minus(try party(of: tenant, wanted: 0).running)
      let others = try claim.competingPools.filter { $0.key != pool.name }.compactMap {
        name, count in
        try party(of: name, tenant: tenant, wanted: count)
      }
      if let own = try party(of: pool.name, tenant: tenant, wanted: wanted) {
        let share = FairShare.slots(free: free, claimant: own, others: others)
        if share.own < wanted { (wanted, bound) = (share.own, .tenant(others: share.others)) }
      }
    }
    if wanted > 0, let maximum = claim.limits.ofGateway {
      let free = maximum.minus(try runningInGateway())
      let others = try claim.competingTenants.filter { $0.key != tenant }.map { name, count in
        try party(of: name, wanted: count)
      }
      let share = FairShare.slots(
        free: free, claimant: try party(of: tenant, wanted: wanted), others: others)
      if share.own < wanted { (wanted, bound) = (share.own, .gateway(others: share.others)) }
    }
    return (Int(wanted), bound)
  }

  /// - Returns: Nil where there is no cap.
  func runningLimit(of tenant: TenantName, standard: UInt32?) throws -> UInt32? {
    switch try self.tenant(tenant)?.runningLimit ?? .standard {
    case .standard: standard
    case .unlimited: nil
    case .atMost(let maximum): maximum
    }
  }

  func runningInGateway() throws -> UInt32 {
    UInt32(clamping: try number("SELECT running FROM gateway_load", []))
  }

  func party(of tenant: TenantName, wanted: UInt32) throws -> FairShare.Party<TenantName> {
    let row = try row(
      "SELECT running, served FROM tenant WHERE name = ? AND purge_began_at IS NULL",
      [tenant.rawValue])
    return .init(
      name: tenant, running: try row?.value("running") ?? 0,
      served: try row?.unsigned("served") ?? 0, wanted: row == nil ? 0 : wanted)
  }

  private func party(
    of pool: PoolName, tenant: TenantName, wanted: UInt32
  ) throws -> FairShare.Party<PoolName>? {
    try row(
      "SELECT running, served FROM pool WHERE tenant = ? AND name = ?",
      [tenant.rawValue, pool.rawValue]
    ).map { row in
      .init(
        name: pool, running: try row.value("running"), served: try row.unsigned("served"),
        wanted: wanted)
    }
  }
}

extension TenantRunningLimit {
  init(stored: UInt32?) {
    switch stored {
    case nil: self = .standard
    case 0?: self = .unlimited
    case let maximum?: self = .atMost(maximum)
    }
  }

  var stored: UInt32? {
    switch self {
    case .standard: nil
    case .unlimited: 0
    case .atMost(let maximum): maximum
    }
  }
}

extension UInt32 {
  /// Not below zero: a cap may have been lowered under what runs.
  fileprivate func minus(_ other: UInt32) -> UInt32 { self > other ? self - other : 0 }
}
