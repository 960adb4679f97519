/// Purging tenants: from the first commit of a purge on, the database itself refuses whatever is
/// written of the tenant, and what is read through a view is empty.
enum PurgeMigration {
  static let name = "9 purge"

  static let sql = columns + views + refusals.joined(separator: "\n")

  private static let columns = """
    -- Set for good: the tenant's name is never used again, or whoever has a certificate of the one
    -- that was would be somebody of the one that is.
    ALTER TABLE tenant ADD COLUMN purge_began_at INTEGER;
    ALTER TABLE tenant ADD COLUMN purged_at INTEGER;

    -- How far a purge has come: the digest is over the audit records that are gone.
    CREATE TABLE purge_work (
      tenant TEXT NOT NULL REFERENCES tenant(name),
      step INTEGER NOT NULL,
      jobs INTEGER NOT NULL,
      audit_records INTEGER NOT NULL,
      digest BLOB NOT NULL,
      PRIMARY KEY (tenant)
    ) STRICT, WITHOUT ROWID;

    -- What refers to a row that goes is found without a look at every tenant's.
    CREATE INDEX idempotency_key_by_job ON idempotency_key(job);
    CREATE INDEX attempt_by_worker ON attempt(worker);
    CREATE INDEX enrollee_by_token ON enrollee(token);
    CREATE INDEX certificate_by_tenant ON certificate(tenant);


    """

  private static func isPurged(_ tenant: String) -> String {
    """
    EXISTS (SELECT 1 FROM tenant AS owner
      WHERE owner.name = \(tenant) AND owner.purge_began_at IS NOT NULL)
    """
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
      WHERE NOT \(isPurged("job.tenant"));

    DROP VIEW attempt_view;
    CREATE VIEW attempt_view AS
      SELECT attempt.*, job.tenant,
        opened(job.tenant, 'attempt.reason', attempt.reason, attempt.job, attempt.epoch)
          AS opened_reason,
        opened(
          job.tenant, 'attempt.log_incomplete_reason', attempt.log_incomplete_reason,
          attempt.job, attempt.epoch) AS opened_log_incomplete_reason
      FROM attempt JOIN job ON job.id = attempt.job
      WHERE NOT \(isPurged("job.tenant"));

    DROP VIEW tenant_view;
    CREATE VIEW tenant_view AS
      SELECT tenant.*, opened(name, 'tenant.external_id', external_id, name) AS opened_external_id
      FROM tenant WHERE purge_began_at IS NULL;

    DROP VIEW pool_view;
    CREATE VIEW pool_view AS
      SELECT pool.*, opened(tenant, 'pool.pause_reason', pause_reason, name)
        AS opened_pause_reason
      FROM pool WHERE NOT \(isPurged("pool.tenant"));

    DROP VIEW enrollee_view;
    CREATE VIEW enrollee_view AS
      SELECT enrollee.*,
        opened(tenant, 'enrollee.display_name', display_name, id) AS opened_display_name,
        opened(tenant, 'enrollee.labels', labels, id) AS opened_labels,
        opened(tenant, 'enrollee.version', version, id) AS opened_version,
        opened(tenant, 'enrollee.drain_reason', drain_reason, id) AS opened_drain_reason,
        opened(tenant, 'enrollee.enrollment_chain', enrollment_chain, id)
          AS opened_enrollment_chain
      FROM enrollee WHERE NOT \(isPurged("enrollee.tenant"));

    DROP VIEW variable_view;
    CREATE VIEW variable_view AS
      SELECT variable.*, opened(tenant, 'variable.value', value, context, name) AS opened_value
      FROM variable WHERE NOT \(isPurged("variable.tenant"));

    DROP VIEW audit_view;
    CREATE VIEW audit_view AS
      SELECT audit.*, opened(tenant, 'audit.object', object, sequence) AS opened_object,
        opened(tenant, 'audit.detail', detail, sequence) AS opened_detail
      FROM audit WHERE NOT \(isPurged("audit.tenant"));


    """

  /// Tables with a tenant of their own. Not `revocation`: that a tenant is purged is told to
  /// gateways by one.
  static let guarded = [
    "operator", "pool", "token", "enrollee", "certificate", "job", "idempotency_key", "selector",
    "queue_lane", "pool_key", "context", "context_pool", "sealed_secret", "variable", "audit",
    "encryption_work",
  ]

  private static let refusals =
    guarded.map { table in
      refusal("\(table)_of_nobody", "INSERT ON \(table)", when: isPurged("new.tenant"))
    } + [
      // No job of the tenant comes to life again; its end is written.
      refusal(
        "job_stays_ended", "UPDATE OF state ON job",
        when: "new.state IN ('queued', 'offered', 'running') AND \(isPurged("new.tenant"))"),
      refusal(
        "attempt_of_nobody", "INSERT ON attempt",
        when: isPurged("(SELECT tenant FROM job WHERE id = new.job)")),
      refusal(
        "log_chunk_of_nobody", "INSERT ON log_chunk",
        when: isPurged(
          """
          (SELECT job.tenant FROM attempt JOIN job ON job.id = attempt.job
            WHERE attempt.number = new.attempt)
          """)),
      refusal(
        "tenant_stays_purged", "UPDATE OF external_id, maximum_running, purge_began_at ON tenant",
        when: """
          old.purge_began_at IS NOT NULL AND (new.external_id <> ''
            OR new.maximum_running IS NOT NULL OR new.purge_began_at IS NOT old.purge_began_at)
          """),
    ]

  private static func refusal(_ name: String, _ event: String, when condition: String) -> String {
    """
    CREATE TRIGGER \(name) BEFORE \(event) WHEN \(condition) BEGIN
      SELECT RAISE(ABORT, '\(TenantPurged.reason)');
    END;
    """
  }
}
