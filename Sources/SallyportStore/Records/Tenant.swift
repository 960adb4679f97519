package import SallyportCore

/// One customer.
package struct Tenant: Hashable, Sendable {
  package var name: TenantName
  /// Random value that the tenant's workers pin and check on every job.
  package var externalID: String
  package var createdAt: Timestamp
  package var runningLimit: TenantRunningLimit

  package init(name: TenantName, externalID: String, createdAt: Timestamp) {
    runningLimit = .standard
    self.name = name
    self.externalID = externalID
    self.createdAt = createdAt
  }
}
