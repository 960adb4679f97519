/// Who an outer SPIFFE ID names: the only source of tenant, pool and identity.
///
/// ```
/// spiffe://<gateway trust domain>/tenant/<t>/pool/<p>/worker/<id>
/// spiffe://<gateway trust domain>/tenant/<t>/pool/<p>/vcs-agent/<id>
/// spiffe://<gateway trust domain>/tenant/<t>/operator/<name>
/// spiffe://<gateway trust domain>/gateway
/// ```
package enum GatewayIdentity: Hashable, Sendable {
  case worker(tenant: TenantName, pool: PoolName, id: WorkerID)
  case agent(tenant: TenantName, pool: PoolName, id: AgentID)
  case operatorNamed(tenant: TenantName, name: OperatorName)
  case gateway

  /// Nil where the path has none of the four forms.
  package init?(_ spiffeID: SPIFFEID) {
    let segments = spiffeID.segments
    if segments == ["gateway"] {
      self = .gateway
      return
    }
    guard segments.count >= 4, segments[0] == "tenant",
      let tenant = try? TenantName(segments[1])
    else { return nil }
    switch (segments.count, segments[2]) {
    case (4, "operator"):
      guard let name = try? OperatorName(segments[3]) else { return nil }
      self = .operatorNamed(tenant: tenant, name: name)
    case (6, "pool"):
      guard let pool = try? PoolName(segments[3]) else { return nil }
      if segments[4] == "worker", let id = WorkerID(segments[5]) {
        self = .worker(tenant: tenant, pool: pool, id: id)
      } else if segments[4] == "vcs-agent", let id = AgentID(segments[5]) {
        self = .agent(tenant: tenant, pool: pool, id: id)
      } else {
        return nil
      }
    default:
      return nil
    }
  }

  package func spiffeID(trustDomain: String) throws(SPIFFEIDError) -> SPIFFEID {
    let segments: [String] =
      switch self {
      case .worker(let tenant, let pool, let id):
        ["tenant", tenant.rawValue, "pool", pool.rawValue, "worker", id.rawValue]
      case .agent(let tenant, let pool, let id):
        ["tenant", tenant.rawValue, "pool", pool.rawValue, "vcs-agent", id.rawValue]
      case .operatorNamed(let tenant, let name):
        ["tenant", tenant.rawValue, "operator", name.rawValue]
      case .gateway: ["gateway"]
      }
    return try SPIFFEID(trustDomain: trustDomain, segments: segments)
  }

  /// Nil for the gateway itself, which belongs to no tenant.
  package var tenant: TenantName? {
    switch self {
    case .worker(let tenant, _, _), .agent(let tenant, _, _), .operatorNamed(let tenant, _): tenant
    case .gateway: nil
    }
  }
}
