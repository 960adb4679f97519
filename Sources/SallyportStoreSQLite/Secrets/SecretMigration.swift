/// Pool keys, contexts, sealed secrets and variables.
enum SecretMigration {
  static let name = "7 sealed secrets"

  static let sql = """
    CREATE TABLE pool_key (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant TEXT NOT NULL,
      pool TEXT NOT NULL,
      key_id TEXT NOT NULL,
      certificate BLOB NOT NULL,
      published_at INTEGER NOT NULL,
      published_by TEXT NOT NULL,
      UNIQUE (tenant, pool, key_id),
      FOREIGN KEY (tenant, pool) REFERENCES pool(tenant, name)
    ) STRICT;

    CREATE TABLE context (
      tenant TEXT NOT NULL REFERENCES tenant(name),
      name TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (tenant, name)
    ) STRICT, WITHOUT ROWID;

    -- In the order of their numbers.
    CREATE TABLE context_pool (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant TEXT NOT NULL,
      pool TEXT NOT NULL,
      context TEXT NOT NULL,
      UNIQUE (tenant, pool, context),
      FOREIGN KEY (tenant, pool) REFERENCES pool(tenant, name),
      FOREIGN KEY (tenant, context) REFERENCES context(tenant, name) ON DELETE CASCADE
    ) STRICT;
    CREATE INDEX context_pool_by_context ON context_pool(tenant, context);

    -- No reference to the context: the version of a secret that is gone is never used again.
    CREATE TABLE sealed_secret (
      tenant TEXT NOT NULL,
      context TEXT NOT NULL,
      name TEXT NOT NULL,
      pool TEXT NOT NULL,
      version INTEGER NOT NULL,
      key_id TEXT NOT NULL,
      sealed BLOB,
      set_at INTEGER NOT NULL,
      set_by TEXT NOT NULL,
      PRIMARY KEY (tenant, context, name, pool),
      FOREIGN KEY (tenant, pool) REFERENCES pool(tenant, name)
    ) STRICT;

    CREATE TABLE variable (
      tenant TEXT NOT NULL,
      context TEXT NOT NULL,
      name TEXT NOT NULL,
      value TEXT NOT NULL,
      set_at INTEGER NOT NULL,
      set_by TEXT NOT NULL,
      PRIMARY KEY (tenant, context, name),
      FOREIGN KEY (tenant, context) REFERENCES context(tenant, name) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    """
}
