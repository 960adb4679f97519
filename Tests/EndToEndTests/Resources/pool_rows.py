"""What a gateway's database holds of one pool of a tenant, and of all others, read without any key.

    pool_rows.py DATABASE TENANT POOL

Prints JSON: `own`, how many rows of each table are of the pool; `others`, the rows of the tenant's other
pools and of other tenants; `began` and `purged`, whether a purge of the pool has begun, and has ended.
"""
import json
import sqlite3
import sys

path, tenant, pool = sys.argv[1:]
database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
# Whoever connects and calls meanwhile changes these, whatever becomes of the pool.
CHANGING = {"audit", "enrollee", "grdb_migrations", "gateway_load", "heartbeat", "tenant"}


def columns(table):
    return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


def owner(table):
    """SQL for the tenant and the pool that a row belongs to; nothing where it has no pool."""
    if table == "pool":
        return "(pool.tenant, pool.name)"
    if {"tenant", "pool"} <= set(columns(table)):
        return f"({table}.tenant, {table}.pool)"
    if table == "certificate":
        return """(tenant, CASE WHEN instr(spiffe_id, '/pool/') = 0 THEN ''
            ELSE substr(spiffe_id, instr(spiffe_id, '/pool/') + 6,
                instr(substr(spiffe_id, instr(spiffe_id, '/pool/') + 6), '/') - 1) END)"""
    for parent, child, key in (
            ("job", "job", "id"), ("job", "job", "sequence"), ("attempt", "attempt", "number"),
            ("enrollee", "worker", "id")):
        if child not in columns(table) or (table == "job_spec") != (key == "sequence"):
            continue
        if parent == "attempt":
            return f"""(SELECT tenant, pool FROM job WHERE id =
                (SELECT job FROM attempt WHERE number = {table}.attempt))"""
        return f"(SELECT tenant, pool FROM {parent} WHERE {key} = {table}.{child})"
    return None


own, others = {}, {}
for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
    of = owner(table)
    if not of or table.startswith("sqlite_"):
        continue
    count = database.execute(
        f"SELECT count(*) FROM {table} WHERE {of} = (?, ?)", (tenant, pool)).fetchone()[0]
    if count:
        own[table] = count
    if table not in CHANGING:
        rows = database.execute(f"SELECT * FROM {table} WHERE {of} <> (?, ?)", (tenant, pool))
        others[table] = sorted(repr(row) for row in rows)
times = database.execute(
    "SELECT purge_began_at, purged_at FROM pool WHERE tenant = ? AND name = ?", (tenant, pool)).fetchone()
print(json.dumps({
    "own": own, "others": others, "began": times[0] is not None, "purged": times[1] is not None}))
