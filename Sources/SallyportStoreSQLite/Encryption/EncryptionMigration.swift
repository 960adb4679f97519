import GRDB

/// Encryption at rest. Nothing is encrypted by it: the columns that are keep their types, texts in
/// Base64, and are read through views that decrypt.
enum EncryptionMigration {
  static let name = "8 encryption at rest"

  static let sql = """
    -- state: 'plain', 'encrypting' (from the first value that is encrypted to the last), or
    -- 'encrypted'. generation: goes up with every change to the folder of keys that those who have
    -- read it must follow.
    CREATE TABLE encryption (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      state TEXT NOT NULL,
      generation INTEGER NOT NULL
    ) STRICT;
    INSERT INTO encryption VALUES (1, 'plain', 0);

    -- How far a pass over the rows of a tenant has come: what it is of comes last.
    CREATE TABLE encryption_work (
      tenant TEXT NOT NULL REFERENCES tenant(name),
      step INTEGER NOT NULL,
      cursor INTEGER NOT NULL,
      PRIMARY KEY (tenant)
    ) STRICT, WITHOUT ROWID;

    -- What encrypting has added to `data`, so that lengths can be checked without keys.
    ALTER TABLE log_chunk ADD COLUMN overhead INTEGER NOT NULL DEFAULT 0;

    -- A tenant's selectors are its own: they are encrypted under its key. `lookup` is a keyed hash
    -- of `labels` then. Selector 1 has no labels and is everybody's.
    DROP VIEW job_view;
    CREATE TABLE tenant_selector (
      id INTEGER PRIMARY KEY,
      tenant TEXT NOT NULL,
      lookup TEXT NOT NULL,
      labels TEXT NOT NULL,
      UNIQUE (tenant, lookup)
    ) STRICT;
    INSERT INTO tenant_selector (id, tenant, lookup, labels) VALUES (1, '', '{}', '{}');
    INSERT INTO tenant_selector (tenant, lookup, labels)
      SELECT DISTINCT job.tenant, selector.labels, selector.labels
      FROM job JOIN selector ON selector.id = job.selector WHERE selector.id <> 1;
    CREATE TEMP TABLE new_label AS
      SELECT new.id AS selector, label.key, label.value
      FROM tenant_selector AS new JOIN selector AS old ON old.labels = new.labels
        JOIN selector_label AS label ON label.selector = old.id
      WHERE new.id <> 1;
    UPDATE job SET selector = (
        SELECT new.id FROM tenant_selector AS new JOIN selector AS old ON old.labels = new.labels
        WHERE old.id = job.selector AND new.tenant = job.tenant)
      WHERE selector <> 1;
    DELETE FROM selector_label;
    DELETE FROM queue_lane;
    DROP TABLE selector;
    ALTER TABLE tenant_selector RENAME TO selector;
    INSERT INTO selector_label SELECT selector, key, value FROM new_label;
    DROP TABLE new_label;
    INSERT INTO queue_lane
      SELECT tenant, pool, selector, count(*) FROM job
      WHERE state = 'queued' AND not_before IS NULL GROUP BY 1, 2, 3;

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
        LEFT JOIN attempt ON attempt.job = job.id AND attempt.epoch = job.epoch;

    CREATE VIEW attempt_view AS
      SELECT attempt.*, job.tenant,
        opened(job.tenant, 'attempt.reason', attempt.reason, attempt.job, attempt.epoch)
          AS opened_reason,
        opened(
          job.tenant, 'attempt.log_incomplete_reason', attempt.log_incomplete_reason,
          attempt.job, attempt.epoch) AS opened_log_incomplete_reason
      FROM attempt JOIN job ON job.id = attempt.job;

    CREATE VIEW tenant_view AS
      SELECT tenant.*, opened(name, 'tenant.external_id', external_id, name) AS opened_external_id
      FROM tenant;

    CREATE VIEW pool_view AS
      SELECT pool.*, opened(tenant, 'pool.pause_reason', pause_reason, name)
        AS opened_pause_reason
      FROM pool;

    CREATE VIEW enrollee_view AS
      SELECT enrollee.*,
        opened(tenant, 'enrollee.display_name', display_name, id) AS opened_display_name,
        opened(tenant, 'enrollee.labels', labels, id) AS opened_labels,
        opened(tenant, 'enrollee.version', version, id) AS opened_version,
        opened(tenant, 'enrollee.drain_reason', drain_reason, id) AS opened_drain_reason,
        opened(tenant, 'enrollee.enrollment_chain', enrollment_chain, id)
          AS opened_enrollment_chain
      FROM enrollee;

    CREATE VIEW variable_view AS
      SELECT variable.*, opened(tenant, 'variable.value', value, context, name) AS opened_value
      FROM variable;

    CREATE VIEW audit_view AS
      SELECT audit.*, opened(tenant, 'audit.object', object, sequence) AS opened_object,
        opened(tenant, 'audit.detail', detail, sequence) AS opened_detail
      FROM audit;
    """
}
