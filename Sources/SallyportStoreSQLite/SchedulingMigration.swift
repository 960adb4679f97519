/// Priorities, selectors, retries, caps and pauses.
enum SchedulingMigration {
  static let name = "6 scheduling"

  static let sql = """
    ALTER TABLE pool ADD COLUMN paused_at INTEGER;
    ALTER TABLE pool ADD COLUMN pause_reason TEXT NOT NULL DEFAULT '';
    -- Zero: no cap.
    ALTER TABLE pool ADD COLUMN maximum_running INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE pool ADD COLUMN running INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE pool ADD COLUMN served INTEGER NOT NULL DEFAULT 0;

    -- NULL: as the gateway's configuration says; zero: no cap.
    ALTER TABLE tenant ADD COLUMN maximum_running INTEGER;
    ALTER TABLE tenant ADD COLUMN running INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE tenant ADD COLUMN served INTEGER NOT NULL DEFAULT 0;

    CREATE TABLE gateway_load (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      running INTEGER NOT NULL,
      offers INTEGER NOT NULL,
      limit_changes INTEGER NOT NULL
    ) STRICT;
    INSERT INTO gateway_load VALUES (1, 0, 0, 0);

    -- Every selector that a job ever had, once: JSON with sorted keys.
    CREATE TABLE selector (
      id INTEGER PRIMARY KEY,
      labels TEXT NOT NULL UNIQUE
    ) STRICT;
    INSERT INTO selector (id, labels) VALUES (1, '{}');
    CREATE TABLE selector_label (
      selector INTEGER NOT NULL REFERENCES selector(id),
      key TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (selector, key)
    ) STRICT, WITHOUT ROWID;

    -- What enrollee.labels says, a row for each.
    CREATE TABLE worker_label (
      worker TEXT NOT NULL REFERENCES enrollee(id),
      key TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (worker, key)
    ) STRICT, WITHOUT ROWID;

    -- Zero minus the priority: what comes first has the lowest.
    ALTER TABLE job ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE job ADD COLUMN selector INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE job ADD COLUMN queue_timeout INTEGER;
    -- Set until the job first runs.
    ALTER TABLE job ADD COLUMN queue_until INTEGER;
    ALTER TABLE job ADD COLUMN retry_on TEXT NOT NULL DEFAULT 'never';
    ALTER TABLE job ADD COLUMN retry_attempts INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE job ADD COLUMN retry_backoff INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE job ADD COLUMN retry_maximum_backoff INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE job ADD COLUMN attempts_run INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE job ADD COLUMN offers_returned INTEGER NOT NULL DEFAULT 0;
    -- NULL again once the time has come: a queued job without it is ready to be offered.
    ALTER TABLE job ADD COLUMN not_before INTEGER;
    UPDATE job SET attempts_run = 1 WHERE started_at IS NOT NULL;
    UPDATE job SET offers_returned = max(0, epoch - (state = 'offered'))
      WHERE state IN ('queued', 'offered');

    CREATE INDEX job_ready ON job(tenant, pool, selector, rank, sequence)
      WHERE state = 'queued' AND not_before IS NULL;
    CREATE INDEX job_waiting ON job(not_before) WHERE state = 'queued' AND not_before IS NOT NULL;
    CREATE INDEX job_queue_deadlines ON job(queue_until)
      WHERE state = 'queued' AND queue_until IS NOT NULL;

    -- The selectors of a pool's ready jobs, so that a claim walks those that its worker's labels
    -- allow, and no others.
    CREATE TABLE queue_lane (
      tenant TEXT NOT NULL,
      pool TEXT NOT NULL,
      selector INTEGER NOT NULL REFERENCES selector(id),
      ready INTEGER NOT NULL,
      PRIMARY KEY (tenant, pool, selector)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO queue_lane
      SELECT tenant, pool, selector, count(*) FROM job WHERE state = 'queued' GROUP BY 1, 2, 3;

    CREATE TRIGGER job_enters_lane AFTER INSERT ON job
    WHEN new.state = 'queued' AND new.not_before IS NULL BEGIN
      INSERT INTO queue_lane VALUES (new.tenant, new.pool, new.selector, 1)
        ON CONFLICT DO UPDATE SET ready = ready + 1;
    END;
    CREATE TRIGGER job_returns_to_lane AFTER UPDATE OF state, not_before ON job
    WHEN new.state = 'queued' AND new.not_before IS NULL
      AND NOT (old.state = 'queued' AND old.not_before IS NULL) BEGIN
      INSERT INTO queue_lane VALUES (new.tenant, new.pool, new.selector, 1)
        ON CONFLICT DO UPDATE SET ready = ready + 1;
    END;
    CREATE TRIGGER job_leaves_lane AFTER UPDATE OF state, not_before ON job
    WHEN old.state = 'queued' AND old.not_before IS NULL
      AND NOT (new.state = 'queued' AND new.not_before IS NULL) BEGIN
      UPDATE queue_lane SET ready = ready - 1
        WHERE tenant = old.tenant AND pool = old.pool AND selector = old.selector;
      DELETE FROM queue_lane
        WHERE tenant = old.tenant AND pool = old.pool AND selector = old.selector AND ready = 0;
    END;

    -- How many jobs are offered or running, so that nobody counts them, and who got one last.
    UPDATE gateway_load SET running =
      (SELECT count(*) FROM job WHERE state IN ('offered', 'running'));
    UPDATE tenant SET running =
      (SELECT count(*) FROM job WHERE state IN ('offered', 'running') AND job.tenant = tenant.name);
    UPDATE pool SET running =
      (SELECT count(*) FROM job WHERE state IN ('offered', 'running')
        AND job.tenant = pool.tenant AND job.pool = pool.name);
    CREATE TRIGGER job_takes_slot AFTER UPDATE OF state ON job
    WHEN new.state IN ('offered', 'running') AND old.state NOT IN ('offered', 'running') BEGIN
      UPDATE gateway_load SET running = running + 1, offers = offers + 1;
      UPDATE tenant SET running = running + 1, served = (SELECT offers FROM gateway_load)
        WHERE name = new.tenant;
      UPDATE pool SET running = running + 1, served = (SELECT offers FROM gateway_load)
        WHERE tenant = new.tenant AND name = new.pool;
    END;
    CREATE TRIGGER job_frees_slot AFTER UPDATE OF state ON job
    WHEN old.state IN ('offered', 'running') AND new.state NOT IN ('offered', 'running') BEGIN
      UPDATE gateway_load SET running = running - 1;
      UPDATE tenant SET running = running - 1 WHERE name = old.tenant;
      UPDATE pool SET running = running - 1 WHERE tenant = old.tenant AND name = old.pool;
    END;

    DROP VIEW job_view;
    CREATE VIEW job_view AS
      SELECT job.*, ifnull(attempt.log_length, 0) AS log_length,
        ifnull(attempt.log_state, 'open') AS log_state,
        ifnull(attempt.log_incomplete_reason, '') AS log_incomplete_reason,
        selector.labels AS selector_labels
      FROM job JOIN selector ON selector.id = job.selector
        LEFT JOIN attempt ON attempt.job = job.id AND attempt.epoch = job.epoch;
    """
}
