/// Counting, for metrics: over all tenants.
package protocol CensusStore {
  /// The jobs of each pool that are not over. Reads what is open, not what has been.
  func jobCensus() async throws -> [PoolCensus]
}
