/// How many jobs of one tenant are offered or running at once.
package enum TenantRunningLimit: Hashable, Sendable {
  /// As many as the gateway's configuration gives every tenant.
  case standard
  case unlimited
  case atMost(UInt32)
}
