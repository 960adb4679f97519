/// Everything that a gateway must not forget. Several gateway processes may share one store.
///
/// A method that a tenant's caller reaches takes the tenant, and an object of another tenant is
/// answered exactly like one that does not exist. Mutations return once they are durable. An
/// `audit` entry is committed in the same transaction as the mutation that it describes, so that
/// neither exists without the other.
package typealias Store = TenantStore & PoolStore & TokenStore & EnrolleeStore & JobStore
  & PoolRevocationStore & AttemptStore & LogStore & AuditStore & HeartbeatStore & RevocationStore
  & SchedulingStore
  & SecretStore & StoreHealthReporting & CensusStore & Sendable
