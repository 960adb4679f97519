/// Caps on jobs that are offered or running at once, from the gateway's configuration. Nil: none.
package struct RunningLimits: Hashable, Sendable {
  /// Of one tenant, where it has no cap of its own.
  package var perTenant: UInt32?
  /// Of all tenants together.
  package var ofGateway: UInt32?

  package init(perTenant: UInt32? = nil, ofGateway: UInt32? = nil) {
    self.perTenant = perTenant
    self.ofGateway = ofGateway
  }
}
