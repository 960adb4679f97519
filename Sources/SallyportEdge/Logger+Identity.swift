package import Logging
package import SallyportCore

extension Logger {
  /// A logger whose every line says whose process this is: tenant, pool, and `worker` or `agent`.
  package init(label: String, identity: SPIFFEID) {
    self.init(label: label)
    switch GatewayIdentity(identity) {
    case .worker(let tenant, let pool, let id): note(tenant, pool, "worker", "\(id)")
    case .agent(let tenant, let pool, let id): note(tenant, pool, "agent", "\(id)")
    case .operatorNamed, .gateway, nil: break
    }
  }

  private mutating func note(
    _ tenant: TenantName, _ pool: PoolName, _ role: String, _ id: String
  ) {
    self[metadataKey: "tenant"] = "\(tenant)"
    self[metadataKey: "pool"] = "\(pool)"
    self[metadataKey: role] = "\(id)"
  }
}
