import GRDB
import SallyportStore

/// Something that is always true of a store's rows. Every transaction keeps it.
struct StoreInvariant: Sendable {
  let check: String
  /// Said where it holds.
  let rule: String
  /// Selects one text for each row that breaks it.
  let exceptions: String

  func finding(in database: Database) throws -> StoreFinding {
    let sql = "SELECT count(*) AS number, min(object) AS first FROM (\(exceptions))"
    let row = try Row.fetchOne(database, sql: sql)
    let count = row?["number"] as Int? ?? 0
    guard count > 0 else { return StoreFinding(check, .ok, rule) }
    let first = row?["first"] as String? ?? ""
    return StoreFinding(check, .failed, "not so for \(count), such as \(first): \(rule)")
  }

  /// A log that is being purged goes piece by piece.
  private static let isPurged = """
    EXISTS (SELECT 1 FROM job JOIN tenant ON tenant.name = job.tenant
      WHERE job.id = attempt.job AND (tenant.purge_began_at IS NOT NULL
        OR \(PoolPurged.sql("job.tenant", "job.pool"))))
    """

  static let all = [
    StoreInvariant(
      check: "queue lengths", rule: "a pool counts its queued jobs",
      exceptions: """
        SELECT 'pool ' || name || ' of ' || tenant AS object FROM pool WHERE queued <>
          (SELECT count(*) FROM job WHERE job.tenant = pool.tenant AND job.pool = pool.name
            AND state = 'queued')
        """),
    StoreInvariant(
      check: "running jobs", rule: "a running job has a lease and a worker",
      exceptions: """
        SELECT 'job ' || id AS object FROM job
        WHERE state = 'running' AND (lease_expires_at IS NULL OR worker IS NULL)
        """),
    StoreInvariant(
      check: "offered jobs", rule: "an offered job has a worker and a deadline",
      exceptions: """
        SELECT 'job ' || id AS object FROM job
        WHERE state = 'offered' AND (accept_until IS NULL OR worker IS NULL)
        """),
    StoreInvariant(
      check: "final jobs", rule: "a job has an end where it is final, and no lease then",
      exceptions: """
        SELECT 'job ' || id AS object FROM job
        WHERE (state IN ('queued', 'offered', 'running')) = (finished_at IS NOT NULL)
          OR (finished_at IS NOT NULL AND (lease_expires_at IS NOT NULL OR accept_until IS NOT NULL))
        """),
    StoreInvariant(
      check: "attempts", rule: "a job has one attempt for each epoch",
      exceptions: """
        SELECT 'job ' || job.id AS object FROM job LEFT JOIN attempt ON attempt.job = job.id
        GROUP BY job.id
        HAVING count(attempt.epoch) <> job.epoch OR ifnull(max(attempt.epoch), 0) <> job.epoch
        """),
    StoreInvariant(
      check: "open attempts", rule: "the newest attempt of a job at work goes on, and no other",
      exceptions: """
        SELECT 'attempt ' || attempt.epoch || ' of job ' || job.id AS object
        FROM attempt JOIN job ON job.id = attempt.job
        WHERE (attempt.outcome IS NULL)
          <> (attempt.epoch = job.epoch AND job.state IN ('offered', 'running'))
        """),
    StoreInvariant(
      check: "logs", rule: "a log's chunks follow each other from its beginning to its length",
      exceptions: """
        SELECT 'attempt ' || attempt.epoch || ' of job ' || attempt.job AS object FROM (
          SELECT attempt AS number, offset, offset + length(data) - overhead AS until,
            lag(offset + length(data) - overhead, 1, 0) OVER chunks AS expected,
            lead(offset) OVER chunks IS NULL AS is_last
          FROM log_chunk WINDOW chunks AS (PARTITION BY attempt ORDER BY offset)
        ) AS chunk JOIN attempt ON attempt.number = chunk.number
        WHERE (chunk.offset <> chunk.expected
          OR (chunk.is_last AND chunk.until <> attempt.log_length)) AND NOT \(isPurged)
        UNION ALL
        SELECT 'attempt ' || epoch || ' of job ' || job FROM attempt
        WHERE log_length > 0
          AND NOT EXISTS (SELECT 1 FROM log_chunk WHERE log_chunk.attempt = attempt.number)
          AND NOT \(isPurged)
        """),
    StoreInvariant(
      check: "log states", rule: "an incomplete log has a reason, and no other has",
      exceptions: """
        SELECT 'attempt ' || epoch || ' of job ' || job AS object FROM attempt
        WHERE (log_state = 'incomplete') <> (log_incomplete_reason <> '')
          OR (log_state = 'open') <> (outcome IS NULL)
        """),
    StoreInvariant(
      check: "jobs", rule: "a job says what to run",
      exceptions: """
        SELECT 'job ' || id AS object FROM job
        WHERE NOT EXISTS (SELECT 1 FROM job_spec WHERE job_spec.job = job.sequence)
        """),
    StoreInvariant(
      check: "audit", rule: "audit records are numbered without gaps within their tenant",
      exceptions: """
        SELECT 'tenant ' || tenant AS object FROM audit GROUP BY tenant
        HAVING count(*) <> max(sequence) OR min(sequence) <> 1
        """),
  ]
}
