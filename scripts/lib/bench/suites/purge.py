"""Purges in a gateway's store of 10,000 jobs of two tenants: how long until nothing of one is left, that nothing
is, and that every row of the other is as it was."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import time
import uuid
from pathlib import Path

from ..bench import Bench, Suite, note
from ..figures import Figure, Sample
from ..filling import fill
from ..processes import Usage, run, usage

FEW = 10
"""Real jobs of each tenant; the others are copies of the last."""
KEPT, PURGED = "acme", "rival"
POOL = "builders"
HEXADECIMAL = re.compile(rb"[0-9a-f]{32,}")
JOBS = "(SELECT id FROM job WHERE tenant = :tenant)"
OWNED = {
    "tenant": "name = :tenant",
    "job_spec": "job IN (SELECT sequence FROM job WHERE tenant = :tenant)",
    "attempt": f"job IN {JOBS}",
    "log_chunk": f"attempt IN (SELECT number FROM attempt WHERE job IN {JOBS})",
    "selector_label": "selector IN (SELECT id FROM selector WHERE tenant = :tenant)",
    "worker_label": "worker IN (SELECT id FROM enrollee WHERE tenant = :tenant)",
}
"""What is a tenant's in tables without a column that says so."""
NOBODYS = {"gateway_load", "heartbeat", "encryption", "grdb_migrations"}


class Purges:
    """A gateway with two tenants, each with a worker and half of the jobs. Each purge begins with the
    same files."""

    def __init__(self, bench: Bench, jobs: int, *, plain: bool) -> None:
        self._bench, self._jobs = bench, jobs
        name = f"purge-{'plain' if plain else 'encrypted'}"
        folder = bench.folder / name
        self._gateway_folder = folder / "gateway"
        self._pristine = bench.folder / f"{name}-pristine"
        self._temporary = bench.folder / f"{name}-temporary"
        self._temporary.mkdir()
        self._canary = f"canary-{uuid.uuid4().hex}"
        options = {"STACK_INIT_OPTION": "--plain"} if plain else {}
        self._stack = bench.start_stack(name, SQLITE_TMPDIR=str(self._temporary), **options)
        self._gateway, _, _, self._endpoint, _ = self._stack.ask("gateway")
        self._stack.ask("trust-root")
        worker = self._stack.ask("worker", "worker-1")[0]
        self._submit(KEPT)
        # So that only the purge can change a row of that tenant.
        self._stack.ask("stop", worker)
        self._operator = self._stack.ask("tenant", PURGED)[0]
        self._stack.ask("worker", f"{PURGED}-1")
        self._submit(self._canary)
        self._stack.ask("stop", self._gateway)
        note(f"filling a store with {jobs} jobs of two tenants")
        database = self._gateway_folder / "gateway.db"
        for tenant in (KEPT, PURGED):
            # A pool's purge reads audit records, and copies of those would not open.
            fill(database, tenant, jobs // 2, audit=False)
        with sqlite3.connect(database) as store:
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._ids = {row[0].encode() for row in store.execute(
                "SELECT id FROM job WHERE tenant = ?", (PURGED,))}
        store.close()
        self._kept = rows(database, KEPT)
        shutil.copytree(self._gateway_folder, self._pristine)
        self._gateway = None
        # The search finds what there is.
        assert self._found() >= self._ids, "the ids of the tenant are not all in its database"
        assert not plain or self._canary.encode() in self._found(), "no canary in a plain database"
        assert rows(database, PURGED) != self._kept and all(
            self._kept[table][0] for table in OWNED if not table.endswith("_label")), "no rows"

    def _submit(self, word: str) -> None:
        for _ in range(FEW):
            self._stack.sallyport(
                "job", "submit", "--pool", POOL, "--follow", "--", "sh", "-c", f"echo {word} $0", word)

    def tenant(self) -> Sample:
        command = [
            self._bench.bin / "sallyport-gateway", "tenant", "purge", PURGED, "--confirm", PURGED,
            "--config", self._gateway_folder / "gateway.yaml"]
        return self._measure(command, {"SQLITE_TMPDIR": str(self._temporary)})

    def pool(self) -> Sample:
        command = [
            self._bench.bin / "sallyport", "pool", "revoke", POOL, "--purge", "--confirm", POOL]
        return self._measure(command, {
            "SALLYPORT_OPERATOR_DIR": self._operator,
            "SALLYPORT_OPERATOR_GATEWAY_ENDPOINT": self._endpoint})

    def _measure(self, command: list[str | Path], environment: dict[str, str]) -> Sample:
        if self._gateway:
            self._stack.ask("stop", self._gateway)
        shutil.copytree(
            self._pristine, self._gateway_folder, dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("ports.json"))
        database = self._gateway_folder / "gateway.db"
        for suffix in ("-wal", "-shm"):
            Path(f"{database}{suffix}").unlink(missing_ok=True)
        self._gateway = self._stack.ask("start-gateway")[0]
        size = database.stat().st_size
        before = usage(int(self._gateway))
        _, seconds, cost = run(command, environment)
        serving = usage(int(self._gateway)).since(before)
        searched = time.monotonic()
        if found := self._found():
            raise RuntimeError(f"{len(found)} words of the purged are left in the gateway's files")
        searched = time.monotonic() - searched
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as store:
            left = dict(store.execute("SELECT tenant, count(*) FROM job GROUP BY tenant"))
        store.close()
        if left != {KEPT: self._jobs // 2}:
            raise RuntimeError(f"jobs that are left: {left}")
        kept = rows(database, KEPT)
        if changed := [table for table in kept if kept[table] != self._kept[table]]:
            raise RuntimeError(f"rows of the other tenant are not as they were: {changed}")
        return Sample(
            {"time": seconds, "cpu": cost.cpu_seconds + serving.cpu_seconds},
            {"command": Usage(cost.cpu_seconds, cost.peak_rss_kib), "gateway": serving},
            {"jobs": self._jobs, "purged_jobs": self._jobs // 2, "database_bytes": size,
             "database_bytes_after": database.stat().st_size,
             "words_searched": len(self._ids) + 1, "search_seconds": searched,
             "rows_compared": sum(count for count, _ in kept.values())})

    def _found(self) -> set[bytes]:
        """Which of the tenant's job ids, and of its canary, are in the database, its WAL, or any other file of
        the gateway's, its folder for temporary files included."""
        found: set[bytes] = set()
        canary = self._canary.encode()
        for folder in (self._gateway_folder, self._temporary):
            for file in (path for path in folder.rglob("*") if path.is_file()):
                content = file.read_bytes()
                found |= {canary} if canary in content else set()
                for run_of in HEXADECIMAL.findall(content):
                    found |= self._ids & {run_of[at:at + 32] for at in range(len(run_of) - 31)}
        return found


def rows(database: Path, tenant: str) -> dict[str, tuple[int, str]]:
    """Of every table, how many rows are the tenant's, and a hash of all that is in them."""
    result: dict[str, tuple[int, str]] = {}
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as store:
        tables = {row[0] for row in store.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")}
        for table in sorted(tables - NOBODYS):
            # Fails where nobody has said whose the rows of a new table are.
            where = OWNED.get(table, "tenant = :tenant")
            found = sorted(
                repr(row) for row in store.execute(
                    f"SELECT * FROM {table} WHERE {where}", {"tenant": tenant}))
            result[table] = len(found), hashlib.sha256("\n".join(found).encode()).hexdigest()
    store.close()
    return result


def measure(bench: Bench) -> None:
    jobs = bench.scale(10_000, 1_000)
    encrypted, plain = (Purges(bench, jobs, plain=plain) for plain in (False, True))
    figures = [Figure("time", "s", "lower"), Figure("cpu", "CPU-s", "lower")]
    bench.compare(
        "tenant", figures, encrypted.tenant, {"plain": plain.tenant}, ours_name="encrypted")
    bench.compare("pool", figures, encrypted.pool, {"plain": plain.pool}, ours_name="encrypted")


SUITE = Suite(
    name="purge", summary="removing a tenant, or its pool, from a store of 10,000 jobs of two tenants",
    run=measure, comparisons=("tenant", "pool"),
    debian=("nginx-light", "fcgiwrap", "openssl"), uses_executables=True)
