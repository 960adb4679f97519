import GRDB
import SallyportCore
package import SallyportStore

extension SQLiteStore: CensusStore {
  package func jobCensus() async throws -> [PoolCensus] {
    // A range of the index for each pool and state: jobs that are over cost nothing.
    try await read { database in
      try database.rows(
        """
        SELECT tenant, name,
          queued,
          (SELECT count(*) FROM job WHERE job.tenant = pool.tenant AND job.pool = pool.name
            AND state = 'offered') AS offered,
          (SELECT count(*) FROM job WHERE job.tenant = pool.tenant AND job.pool = pool.name
            AND state = 'running') AS running,
          (SELECT submitted_at FROM job WHERE job.tenant = pool.tenant AND job.pool = pool.name
            AND state = 'queued' ORDER BY sequence LIMIT 1) AS oldest
        FROM pool WHERE kind = 'worker' AND revoked_at IS NULL
        """, []
      ).map { row in
        PoolCensus(
          tenant: try row.name("tenant"), pool: try row.name("name"),
          queued: try row.value("queued"), offered: try row.value("offered"),
          running: try row.value("running"), oldestQueued: try row.optionalTime("oldest"))
      }
    }
  }
}
