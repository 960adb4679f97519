import GRDB
package import SallyportStore

extension SQLiteStore: HeartbeatStore {
  package func beat(at time: Timestamp) async throws {
    try await write { try $0.beat(at: time) }
  }

  package func resume(
    at time: Timestamp, grace: Duration, longest: Duration
  ) async throws -> Duration {
    try await write { database in
      let row = try database.row("SELECT time FROM heartbeat WHERE id = 1", [])
      let outage = try row.map { time - (try $0.time("time")) } ?? .zero
      // A clock that was set back between the runs gives a negative outage, and moves the
      // deadlines back with it: what counts is what was left of a lease at the last heartbeat.
      let arguments: StatementArguments = [
        "shift": outage.wholeMilliseconds, "earliest": (time + grace).milliseconds,
        "latest": (time + max(grace, longest)).milliseconds,
      ]
      try database.run(
        """
        UPDATE job SET lease_expires_at = min(max(lease_expires_at + :shift, :earliest), :latest)
        WHERE state = 'running'
        """, arguments)
      try database.run(
        """
        UPDATE job SET accept_until = min(max(accept_until + :shift, :earliest), :latest)
        WHERE state = 'offered'
        """, arguments)
      // Nobody could take a job meanwhile, either.
      let shift: StatementArguments = ["shift": outage.wholeMilliseconds]
      try database.run(
        """
        UPDATE job SET queue_until = queue_until + :shift
        WHERE state IN ('queued', 'offered') AND queue_until IS NOT NULL
        """, shift)
      try database.run(
        """
        UPDATE job SET not_before = not_before + :shift
        WHERE state = 'queued' AND not_before IS NOT NULL
        """, shift)
      try database.beat(at: time)
      return outage
    }
  }
}

extension Database {
  fileprivate func beat(at time: Timestamp) throws {
    try run(
      """
      INSERT INTO heartbeat (id, time) VALUES (1, ?)
      ON CONFLICT (id) DO UPDATE SET time = excluded.time
      """,
      [time.milliseconds])
  }
}
