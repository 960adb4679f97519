import SallyportStore

/// The query that lists jobs, newest first.
///
/// Each state has a branch of its own that walks its part of an index and stops at the limit, so
/// that the few jobs of a rare state are found without looking at all others.
enum JobListing {
  /// - Returns: SQL with the parameters `tenant`, `limit` and, where the query has them, `pool` and
  ///   `before`.
  static func sql(_ query: JobQuery) -> String {
    "SELECT \(JobColumn.list) FROM job_view WHERE sequence IN (\(sequences(query))) "
      + "ORDER BY sequence DESC LIMIT :limit"
  }

  /// The branches; every one has the newest of its state.
  static func sequences(_ query: JobQuery) -> String {
    let earlier =
      query.before == nil
      ? "" : " AND sequence < (SELECT sequence FROM job WHERE id = :before AND tenant = :tenant)"
    func branch(_ condition: String) -> String {
      "SELECT sequence FROM (SELECT sequence FROM job WHERE tenant = :tenant\(condition)\(earlier) "
        + "ORDER BY sequence DESC LIMIT :limit)"
    }
    // Of a pool that is being purged, there is nothing: nor do its jobs take the places of others.
    let pool =
      query.pool == nil
      ? """
       AND pool NOT IN (SELECT name FROM pool
        WHERE tenant = :tenant AND purge_began_at IS NOT NULL AND purged_at IS NULL)
      """ : " AND pool = :pool"
    // A pool's index begins with the state.
    guard !query.states.isEmpty || query.pool != nil else { return branch(pool) }
    let states = query.states.isEmpty ? Set(JobState.allCases) : query.states
    return states.map(\.rawValue).sorted().map { branch("\(pool) AND state = '\($0)'") }
      .joined(separator: " UNION ALL ")
  }
}
