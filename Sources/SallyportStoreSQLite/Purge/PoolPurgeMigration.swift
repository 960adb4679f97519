/// Revoking and purging pools: what a pool was is refused by the database itself from the first
/// commit on, and of a pool that is purged the views are empty.
enum PoolPurgeMigration {
  static let name = "10 pool revocation"

  static let sql = columns + views + refusals.joined(separator: "\n")

  private static let columns = """
    -- Set for good: the pool's name is never used again, or whoever has a certificate of the one that
    -- was would be a member of the one that is.
    ALTER TABLE pool ADD COLUMN revoked_at INTEGER;
    ALTER TABLE pool ADD COLUMN purge_began_at INTEGER;
    ALTER TABLE pool ADD COLUMN purged_at INTEGER;

    -- How far a revocation, or a purge, has come. cursor: the last audit record that was looked at.
    -- audit_until: the last one of before the purge. digest: over those whose words are gone.
    CREATE TABLE pool_work (
      tenant TEXT NOT NULL,
      pool TEXT NOT NULL,
      is_purge INTEGER NOT NULL,
      step INTEGER NOT NULL,
      cursor INTEGER NOT NULL,
      audit_until INTEGER NOT NULL,
      jobs INTEGER NOT NULL,
      audit_records INTEGER NOT NULL,
      digest BLOB NOT NULL,
      PRIMARY KEY (tenant, pool),
      FOREIGN KEY (tenant, pool) REFERENCES pool(tenant, name)
    ) STRICT, WITHOUT ROWID;


    """

  /// Whether the purge of a tenant has begun: as migration 9 has it in its views.
  private static func isPurged(_ tenant: String) -> String {
    """
    EXISTS (SELECT 1 FROM tenant AS owner
      WHERE owner.name = \(tenant) AND owner.purge_began_at IS NOT NULL)
    """
  }

  /// Whether the purge of a pool has begun.
  private static func isPurged(_ tenant: String, _ pool: String) -> String {
    """
    EXISTS (SELECT 1 FROM pool AS home WHERE home.tenant = \(tenant) AND home.name = \(pool)
      AND home.purge_began_at IS NOT NULL)
    """
  }

  /// Whether a SPIFFE ID is that of a worker or a VCS agent of a row of `pool`.
  private static func isMember(_ spiffeID: String) -> String {
    "instr(\(spiffeID), '/tenant/' || pool.tenant || '/pool/' || pool.name || '/') > 0"
  }

  private static let views = """
    DROP VIEW job_view;
    CREATE VIEW job_view AS
      SELECT job.*, ifnull(attempt.log_length, 0) AS log_length,
        ifnull(attempt.log_state, 'open') AS log_state,
        opened(job.tenant, 'job.reason', job.reason, job.id) AS opened_reason,
        opened(job.tenant, 'job.cancel_reason', job.cancel_reason, job.id)
          AS opened_cancel_reason,
        opened(job.tenant, 'job.commit_id', job.commit_id, job.id) AS opened_commit_id,
        ifnull(
          opened(
            job.tenant, 'attempt.log_incomplete_reason', attempt.log_incomplete_reason,
            attempt.job, attempt.epoch), '') AS opened_log_incomplete_reason,
        opened(selector.tenant, 'selector.labels', selector.labels, selector.lookup)
          AS opened_selector_labels
      FROM job JOIN selector ON selector.id = job.selector
        LEFT JOIN attempt ON attempt.job = job.id AND attempt.epoch = job.epoch
      WHERE NOT \(isPurged("job.tenant")) AND NOT \(isPurged("job.tenant", "job.pool"));

    DROP VIEW attempt_view;
    CREATE VIEW attempt_view AS
      SELECT attempt.*, job.tenant,
        opened(job.tenant, 'attempt.reason', attempt.reason, attempt.job, attempt.epoch)
          AS opened_reason,
        opened(
          job.tenant, 'attempt.log_incomplete_reason', attempt.log_incomplete_reason,
          attempt.job, attempt.epoch) AS opened_log_incomplete_reason
      FROM attempt JOIN job ON job.id = attempt.job
      WHERE NOT \(isPurged("job.tenant")) AND NOT \(isPurged("job.tenant", "job.pool"));

    DROP VIEW enrollee_view;
    CREATE VIEW enrollee_view AS
      SELECT enrollee.*,
        opened(tenant, 'enrollee.display_name', display_name, id) AS opened_display_name,
        opened(tenant, 'enrollee.labels', labels, id) AS opened_labels,
        opened(tenant, 'enrollee.version', version, id) AS opened_version,
        opened(tenant, 'enrollee.drain_reason', drain_reason, id) AS opened_drain_reason,
        opened(tenant, 'enrollee.enrollment_chain', enrollment_chain, id)
          AS opened_enrollment_chain
      FROM enrollee WHERE NOT \(isPurged("enrollee.tenant"))
        AND NOT \(isPurged("enrollee.tenant", "enrollee.pool"));


    """

  /// Tables with a pool of their own, of which a revoked pool gets no row.
  static let guarded = [
    "token", "enrollee", "job", "queue_lane", "pool_key", "context_pool", "sealed_secret",
  ]

  private static let ofAttempt = "(SELECT job FROM attempt WHERE number = new.attempt)"

  private static let refusals =
    guarded.map { table in
      refusal(
        "\(table)_of_no_pool", "INSERT ON \(table)", when: isRevoked("new.tenant", "new.pool"))
    } + [
      refusal(
        "certificate_of_no_pool", "INSERT ON certificate",
        when: """
          EXISTS (SELECT 1 FROM pool WHERE pool.tenant = new.tenant
            AND pool.revoked_at IS NOT NULL AND \(isMember("new.spiffe_id")))
          """),
      // No job of the pool comes to life again; its end is written.
      refusal(
        "job_of_no_pool_stays_ended", "UPDATE OF state ON job",
        when: """
          new.state IN ('queued', 'offered', 'running') AND \(isRevoked("new.tenant", "new.pool"))
          """),
      refusal(
        "attempt_of_no_pool", "INSERT ON attempt",
        when: """
          EXISTS (SELECT 1 FROM job WHERE job.id = new.job AND \(isRevoked("job.tenant", "job.pool")))
          """),
      refusal(
        "log_chunk_of_no_pool", "INSERT ON log_chunk",
        when: """
          EXISTS (SELECT 1 FROM job WHERE job.id = \(ofAttempt)
            AND \(isRevoked("job.tenant", "job.pool")))
          """),
      refusal(
        "pool_stays_revoked", "UPDATE OF revoked_at, purge_began_at, pause_reason ON pool",
        when: """
          (old.revoked_at IS NOT NULL AND new.revoked_at IS NOT old.revoked_at)
          OR (old.purge_began_at IS NOT NULL AND (new.pause_reason <> ''
            OR new.purge_began_at IS NOT old.purge_began_at))
          """),
      // Of a tenant that is purged: what migration 9 says of every other table.
      """
      CREATE TRIGGER pool_work_of_nobody BEFORE INSERT ON pool_work WHEN \(isPurged("new.tenant"))
      BEGIN
        SELECT RAISE(ABORT, '\(TenantPurged.reason)');
      END;
      """,
    ]

  private static func isRevoked(_ tenant: String, _ pool: String) -> String {
    """
    EXISTS (SELECT 1 FROM pool AS home
      WHERE home.tenant = \(tenant) AND home.name = \(pool) AND home.revoked_at IS NOT NULL)
    """
  }

  private static func refusal(_ name: String, _ event: String, when condition: String) -> String {
    """
    CREATE TRIGGER \(name) BEFORE \(event) WHEN \(condition) BEGIN
      SELECT RAISE(ABORT, '\(PoolPurged.reason)');
    END;
    """
  }
}
