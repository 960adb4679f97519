"""What a gateway's database holds of a tenant, read without any key.

    tenant_rows.py DATABASE TENANT

Prints JSON: `tables`, the rows of each; `views`, how many rows each has; `tombstones`, what the gateway
itself has recorded of the tenant's purge; `purge_began`, whether one has.
"""
import json
import sqlite3
import sys

path, tenant = sys.argv[1:]
database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
database.create_function("opened", -1, lambda *values: None)


def names(kind):
    return [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,))]


def owner(table):
    """SQL for the tenant that a row belongs to; nothing where it is nobody's."""
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    if table == "tenant":
        return "tenant.name"
    if "tenant" in columns:
        return f"{table}.tenant"
    for _, _, parent, child, key, *_ in database.execute(f"PRAGMA foreign_key_list({table})").fetchall():
        if above := owner(parent):
            return f"(SELECT {above} FROM {parent} WHERE {parent}.{key} = {table}.{child})"
    return None


tables = {}
for table in names("table"):
    if of := owner(table):
        rows = database.execute(f"SELECT * FROM {table} WHERE {of} = ?", (tenant,))
        tables[table] = sorted(repr(row) for row in rows)
views = {}
for view in names("view"):
    column = "name" if view == "tenant_view" else "tenant"
    views[view] = database.execute(
        f"SELECT count(*) FROM {view} WHERE {column} = ?", (tenant,)).fetchone()[0]
tombstones = [row[0] for row in database.execute(
    "SELECT detail FROM audit WHERE tenant = '' AND action = 'tenant.purge' AND object = ?"
    " ORDER BY sequence", (tenant,))]
began = database.execute(
    "SELECT count(*) FROM tenant WHERE name = ? AND purge_began_at IS NOT NULL", (tenant,)).fetchone()[0]
print(json.dumps(
    {"tables": tables, "views": views, "tombstones": tombstones, "purge_began": began == 1}))
