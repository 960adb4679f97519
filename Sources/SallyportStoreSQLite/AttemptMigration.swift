import GRDB

/// How attempts ended, what became of cancellations, and how workers drain.
enum AttemptMigration {
  static let name = "5 attempts and cancellation"

  static func migrate(_ database: Database) throws {
    try database.execute(sql: columns)
    // The view as the migration before this one left it, with one more column.
    guard
      let view = try String.fetchOne(
        database, sql: "SELECT sql FROM sqlite_master WHERE type = 'view' AND name = 'job_view'")
    else { throw DatabaseError(message: "there is no view job_view") }
    try database.execute(sql: "DROP VIEW job_view")
    try database.execute(
      sql: view.replacing(logState, with: logState + incompleteReason))
  }

  private static let logState = "ifnull(attempt.log_state, 'open') AS log_state"
  private static let incompleteReason =
    ", ifnull(attempt.log_incomplete_reason, '') AS log_incomplete_reason"

  private static let columns = """
    ALTER TABLE attempt ADD COLUMN started_at INTEGER;
    ALTER TABLE attempt ADD COLUMN exit_code INTEGER;
    ALTER TABLE attempt ADD COLUMN signal INTEGER;
    ALTER TABLE attempt ADD COLUMN reason TEXT NOT NULL DEFAULT '';
    ALTER TABLE attempt ADD COLUMN log_incomplete_reason TEXT NOT NULL DEFAULT '';
    UPDATE attempt SET log_incomplete_reason = 'an older version of the gateway did not record why'
      WHERE log_state = 'incomplete';
    UPDATE attempt SET (started_at, exit_code, signal, reason) = (
        SELECT job.started_at, job.exit_code, job.signal, job.reason FROM job
        WHERE job.id = attempt.job)
      WHERE EXISTS (SELECT 1 FROM job WHERE job.id = attempt.job AND job.epoch = attempt.epoch);

    ALTER TABLE job ADD COLUMN cancel_requested_at INTEGER;
    ALTER TABLE job ADD COLUMN cancel_requested_by TEXT NOT NULL DEFAULT '';
    ALTER TABLE job ADD COLUMN cancel_delivered_at INTEGER;

    ALTER TABLE enrollee ADD COLUMN drain_reason TEXT NOT NULL DEFAULT '';
    ALTER TABLE enrollee ADD COLUMN drain_restart INTEGER NOT NULL DEFAULT 0;
    -- Milliseconds; NULL: jobs run to their end.
    ALTER TABLE enrollee ADD COLUMN drain_job_timeout INTEGER;
    """
}
