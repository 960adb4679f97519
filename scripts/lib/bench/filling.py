"""A gateway's store with as many jobs as a suite needs."""

from __future__ import annotations

import sqlite3
import uuid
from pathlib import Path


def fill(database: Path, tenant: str, jobs: int, *, audit: bool = True) -> None:
    """Adds copies of the tenant's newest job, with its attempt, log and, where asked, an audit record,
    until the tenant has this many. What is encrypted has the right size and would not open: nothing here reads it."""
    with sqlite3.connect(database) as store:
        store.execute("PRAGMA synchronous = OFF")
        store.create_function("new_id", 0, lambda: uuid.uuid4().hex)
        count, copied = store.execute(
            "SELECT count(*), max(sequence) FROM job WHERE tenant = ?", (tenant,)).fetchone()
        attempt, after = store.execute(
            "SELECT max(number), (SELECT max(number) FROM attempt) FROM attempt"
            " WHERE job = (SELECT id FROM job WHERE sequence = ?)", (copied,)).fetchone()
        last = store.execute("SELECT max(sequence) FROM job").fetchone()[0]
        store.execute(f"""
            CREATE TEMP TABLE copy AS WITH RECURSIVE numbers (n) AS (
              SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {jobs - count})
            SELECT n, new_id() AS id FROM numbers""")
        for table, changed, of in (
                ("job", {"sequence": f"{last} + n", "id": "copy.id"}, f"sequence = {copied}"),
                ("job_spec", {"job": f"{last} + n"}, f"job = {copied}"),
                ("attempt", {"number": f"{after} + n", "job": "copy.id"}, f"number = {attempt}"),
                ("log_chunk", {"attempt": f"{after} + n"}, f"attempt = {attempt}")):
            columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(changed.get(column, f"{table}.{column}") for column in columns)
            store.execute(
                f"INSERT INTO {table} SELECT {values} FROM {table}, copy WHERE {of} ORDER BY n")
        if audit:
            # A submission, an offer's end and a log that is read are on record as well.
            store.execute("""
                INSERT INTO audit SELECT tenant, sequence + n, time, actor, action, object, decision,
                  detail FROM copy, (SELECT * FROM audit WHERE tenant = ?
                  ORDER BY sequence DESC LIMIT 1)""", (tenant,))
        store.execute("DROP TABLE copy")
    store.close()
