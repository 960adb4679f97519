import GRDB

/// The schema, by version. A migration that has been released is never edited.
enum SchemaMigrations {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 tenants and enrollment") { try $0.execute(sql: identities) }
    migrator.registerMigration("2 jobs and logs") { try $0.execute(sql: jobs) }
    migrator.registerMigration("3 audit and heartbeat") { try $0.execute(sql: records) }
    migrator.registerMigration(AttemptMigration.name) { try AttemptMigration.migrate($0) }
    migrator.registerMigration(SchedulingMigration.name) {
      try $0.execute(sql: SchedulingMigration.sql)
    }
    migrator.registerMigration(SecretMigration.name) { try $0.execute(sql: SecretMigration.sql) }
    migrator.registerMigration(EncryptionMigration.name) {
      try $0.execute(sql: EncryptionMigration.sql)
    }
    migrator.registerMigration(PurgeMigration.name) { try $0.execute(sql: PurgeMigration.sql) }
    migrator.registerMigration(PoolPurgeMigration.name) {
      try $0.execute(sql: PoolPurgeMigration.sql)
    }
    return migrator
  }

  private static let identities = """
    CREATE TABLE tenant (
      name TEXT PRIMARY KEY NOT NULL,
      external_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE operator (
      tenant TEXT NOT NULL REFERENCES tenant(name),
      name TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      revoked_at INTEGER,
      PRIMARY KEY (tenant, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE pool (
      tenant TEXT NOT NULL REFERENCES tenant(name),
      name TEXT NOT NULL,
      kind TEXT NOT NULL,
      sealed INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      queued INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (tenant, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE token (
      id TEXT PRIMARY KEY NOT NULL,
      tenant TEXT NOT NULL,
      pool TEXT NOT NULL,
      hash BLOB NOT NULL UNIQUE,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
      revoked_at INTEGER,
      FOREIGN KEY (tenant, pool) REFERENCES pool(tenant, name)
    ) STRICT;
    CREATE INDEX token_by_pool ON token(tenant, pool, created_at);

    CREATE TABLE enrollee (
      id TEXT PRIMARY KEY NOT NULL,
      role TEXT NOT NULL,
      tenant TEXT NOT NULL,
      pool TEXT NOT NULL,
      token TEXT NOT NULL REFERENCES token(id),
      key_fingerprint TEXT NOT NULL UNIQUE,
      display_name TEXT NOT NULL,
      enrolled_at INTEGER NOT NULL,
      revoked_at INTEGER,
      enrollment_chain BLOB,
      certificate_expires_at INTEGER,
      version TEXT NOT NULL DEFAULT '',
      capacity INTEGER NOT NULL DEFAULT 0,
      labels TEXT NOT NULL DEFAULT '{}',
      session TEXT,
      session_number INTEGER NOT NULL DEFAULT 0,
      connected_at INTEGER,
      drain_requested INTEGER NOT NULL DEFAULT 0,
      FOREIGN KEY (tenant, pool) REFERENCES pool(tenant, name)
    ) STRICT;
    CREATE INDEX enrollee_by_pool ON enrollee(tenant, role, pool, enrolled_at);

    CREATE TABLE certificate (
      fingerprint TEXT PRIMARY KEY NOT NULL,
      serial TEXT NOT NULL,
      tenant TEXT NOT NULL REFERENCES tenant(name),
      spiffe_id TEXT NOT NULL,
      issued_at INTEGER NOT NULL,
      not_after INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE revocation (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant TEXT NOT NULL REFERENCES tenant(name),
      role TEXT NOT NULL,
      name TEXT NOT NULL
    ) STRICT;
    """

  private static let jobs = """
    CREATE TABLE job (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      tenant TEXT NOT NULL,
      pool TEXT NOT NULL,
      state TEXT NOT NULL,
      epoch INTEGER NOT NULL DEFAULT 0,
      vcs_pool TEXT,
      worker TEXT REFERENCES enrollee(id),
      submitted_by TEXT NOT NULL,
      submitted_at INTEGER NOT NULL,
      started_at INTEGER,
      finished_at INTEGER,
      exit_code INTEGER,
      signal INTEGER,
      reason TEXT NOT NULL DEFAULT '',
      commit_id TEXT NOT NULL DEFAULT '',
      cancel_requested INTEGER NOT NULL DEFAULT 0,
      cancel_reason TEXT NOT NULL DEFAULT '',
      cancel_acknowledged INTEGER NOT NULL DEFAULT 0,
      accept_until INTEGER,
      lease_expires_at INTEGER,
      relay_bytes_to_worker INTEGER NOT NULL DEFAULT 0,
      relay_bytes_to_agent INTEGER NOT NULL DEFAULT 0,
      FOREIGN KEY (tenant, pool) REFERENCES pool(tenant, name)
    ) STRICT;
    CREATE INDEX job_offers ON job(accept_until) WHERE state = 'offered';
    CREATE INDEX job_leases ON job(lease_expires_at) WHERE state = 'running';
    CREATE INDEX job_by_worker ON job(worker, state);
    CREATE INDEX job_running ON job(tenant, worker) WHERE state = 'running';
    CREATE INDEX job_by_tenant ON job(tenant, sequence);
    CREATE INDEX job_by_state ON job(tenant, state, sequence);
    CREATE INDEX job_by_pool ON job(tenant, pool, state, sequence);

    -- Apart from the job: a state that changes does not write it again.
    CREATE TABLE job_spec (
      job INTEGER PRIMARY KEY REFERENCES job(sequence),
      spec BLOB NOT NULL
    ) STRICT;

    -- pool.queued is the number of its queued jobs, so that nobody counts them.
    CREATE TRIGGER job_queued AFTER INSERT ON job WHEN new.state = 'queued' BEGIN
      UPDATE pool SET queued = queued + 1 WHERE tenant = new.tenant AND name = new.pool;
    END;
    CREATE TRIGGER job_requeued AFTER UPDATE OF state ON job
    WHEN new.state = 'queued' AND old.state <> 'queued' BEGIN
      UPDATE pool SET queued = queued + 1 WHERE tenant = new.tenant AND name = new.pool;
    END;
    CREATE TRIGGER job_dequeued AFTER UPDATE OF state ON job
    WHEN old.state = 'queued' AND new.state <> 'queued' BEGIN
      UPDATE pool SET queued = queued - 1 WHERE tenant = old.tenant AND name = old.pool;
    END;

    CREATE TABLE attempt (
      number INTEGER PRIMARY KEY,
      job TEXT NOT NULL REFERENCES job(id),
      epoch INTEGER NOT NULL,
      worker TEXT NOT NULL REFERENCES enrollee(id),
      offered_at INTEGER NOT NULL,
      ended_at INTEGER,
      outcome TEXT,
      log_length INTEGER NOT NULL DEFAULT 0,
      log_state TEXT NOT NULL DEFAULT 'open',
      UNIQUE (job, epoch)
    ) STRICT;

    CREATE VIEW job_view AS
      SELECT job.*, ifnull(attempt.log_length, 0) AS log_length,
        ifnull(attempt.log_state, 'open') AS log_state
      FROM job LEFT JOIN attempt ON attempt.job = job.id AND attempt.epoch = job.epoch;

    CREATE TABLE log_chunk (
      attempt INTEGER NOT NULL REFERENCES attempt(number),
      offset INTEGER NOT NULL,
      data BLOB NOT NULL,
      PRIMARY KEY (attempt, offset)
    ) STRICT;

    CREATE TABLE idempotency_key (
      tenant TEXT NOT NULL REFERENCES tenant(name),
      key TEXT NOT NULL,
      request_hash BLOB NOT NULL,
      job TEXT NOT NULL REFERENCES job(id),
      PRIMARY KEY (tenant, key)
    ) STRICT, WITHOUT ROWID;
    """

  private static let records = """
    CREATE TABLE audit (
      tenant TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      time INTEGER NOT NULL,
      actor TEXT NOT NULL,
      action TEXT NOT NULL,
      object TEXT NOT NULL,
      decision TEXT NOT NULL,
      detail TEXT NOT NULL,
      PRIMARY KEY (tenant, sequence)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE heartbeat (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      time INTEGER NOT NULL
    ) STRICT;
    """
}
