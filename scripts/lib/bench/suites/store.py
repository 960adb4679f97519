"""The gateway's store, encrypted as `init` makes it: what it costs as finished jobs pile up, how many
jobs share one commit, and what encryption costs."""

from __future__ import annotations

import sqlite3
import urllib.request
import uuid
from pathlib import Path

from ..bench import Bench, Suite, note
from ..dispatch.side import QUEUE, Side, sallyport_client
from ..figures import Figure, Sample, quantile

FEW, SOME, MANY = 10, 10_000, 1_000_000


def fill(database: Path, jobs: int) -> None:
    """Adds copies of the newest job, with its attempt, log and audit records, until there are this
    many. What is encrypted has the right size and would not open: nothing here reads it."""
    with sqlite3.connect(database) as store:
        store.execute("PRAGMA synchronous = OFF")
        store.create_function("new_id", 0, lambda: uuid.uuid4().hex)
        count, job = store.execute("SELECT count(*), max(sequence) FROM job").fetchone()
        attempt = store.execute("SELECT max(number) FROM attempt").fetchone()[0]
        store.execute(f"""
            CREATE TEMP TABLE copy AS WITH RECURSIVE numbers (n) AS (
              SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {jobs - count})
            SELECT n, new_id() AS id FROM numbers""")
        for table, changed, of in (
                ("job", {"sequence": f"{job} + n", "id": "copy.id"}, f"sequence = {job}"),
                ("job_spec", {"job": f"{job} + n"}, f"job = {job}"),
                ("attempt", {"number": f"{attempt} + n", "job": "copy.id"}, f"number = {attempt}"),
                ("log_chunk", {"attempt": f"{attempt} + n"}, f"attempt = {attempt}")):
            columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(changed.get(column, f"{table}.{column}") for column in columns)
            store.execute(
                f"INSERT INTO {table} SELECT {values} FROM {table}, copy WHERE {of} ORDER BY n")
        # A submission, an offer's end and a log that is read are on record as well.
        store.execute("""
            INSERT INTO audit SELECT tenant, sequence + n, time, actor, action, object, decision,
              detail FROM copy, (SELECT * FROM audit WHERE tenant <> ''
              ORDER BY sequence DESC LIMIT 1)""")
        store.execute("DROP TABLE copy")
    store.close()


class Store:
    """A gateway with a worker and this many finished jobs."""

    def __init__(self, bench: Bench, jobs: int, *, plain: bool = False) -> None:
        name = f"store-{'plain-' if plain else ''}{jobs}"
        self._folder = bench.folder / name
        stack = bench.start_stack(name, **({"STACK_INIT_OPTION": "--plain"} if plain else {}))
        gateway, _, _, endpoint, operator = stack.ask("gateway")
        stack.ask("trust-root")
        worker = stack.ask("worker", "worker-1")[0]
        stack.ask("sallyport", "pool", "create", "--kind", "worker", QUEUE)
        # Those that a listing shows are real ones.
        first = sallyport_client(bench, f"first-{name}", operator, endpoint, {})
        first.burst(FEW)
        if jobs > FEW:
            note(f"filling a store with {jobs} jobs")
            stack.ask("stop", gateway)
            fill(self._folder / "gateway/gateway.db", jobs)
            gateway = stack.ask("start-gateway")[0]
        self.side: Side = sallyport_client(
            bench, name, operator, endpoint,
            {"gateway": int(gateway), "worker": int(worker)})
        self.side.burst(50)

    def measure(self, jobs: int, lists: int) -> Sample:
        sample = self.side.stages(jobs)
        burst = self.side.burst(jobs)
        newest, lost = self.side.ask({"lists": lists})[0]
        sample.values |= burst.values | {
            "list-p50": quantile(newest, 0.5) * 1e3, "list-none-p50": quantile(lost, 0.5) * 1e3}
        sample.processes = burst.processes
        database = self._folder / "gateway/gateway.db"
        sample.facts |= {"database_bytes": database.stat().st_size}
        return sample

    def submit(self, jobs: int, submitters: int) -> Sample:
        before = self._commits()
        seconds, processes = self.side.ask(
            {"submits": {"jobs": jobs, "submitters": submitters, "pool": QUEUE}})
        commits, transactions, spent = (
            after - earlier for after, earlier in zip(self._commits(), before))
        return Sample(
            {"rate": jobs / seconds, "shared": transactions / commits,
             "commit": spent / commits * 1e3}, processes,
            {"jobs": jobs, "submitters": submitters})

    def _commits(self) -> tuple[float, float, float]:
        """Commits, the transactions in them, and seconds from the beginning of each to its end."""
        port = (self._folder / "gateway/health-port").read_text().strip()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            metrics = dict(
                line.rsplit(" ", 1) for line in answer.read().decode().splitlines()
                if not line.startswith("#"))
        batch, commit = "sallyport_store_batch_transactions", "sallyport_store_commit_seconds"
        return tuple(float(metrics[name]) for name in (
            f"{batch}_count", f"{batch}_sum", f"{commit}_sum"))


def measure(bench: Bench) -> None:
    few = Store(bench, FEW)
    sizes = {f"jobs-{size}": size for size in (SOME, MANY)}
    jobs, lists = bench.scale(100, 20), bench.scale(200, 50)
    costs = [
        Figure("accepted-p50", "ms", "lower"), Figure("final-p50", "ms", "lower"),
        Figure("final-p99", "ms", "lower"), Figure("rate", "jobs/s", "higher"),
        Figure("list-p50", "ms", "lower"), Figure("list-none-p50", "ms", "lower")]
    if bench.wants("encryption"):
        plain = Store(bench, FEW, plain=True)
        bench.compare(
            "encryption", costs, lambda: few.measure(jobs, lists),
            {"plain": lambda: plain.measure(jobs, lists)}, ours_name="encrypted")
    for comparison, size in sizes.items():
        if bench.wants(comparison):
            store = Store(bench, size)
            bench.compare(
                comparison, costs, lambda: store.measure(jobs, lists),
                {f"{FEW} finished jobs": lambda: few.measure(jobs, lists)},
                ours_name=f"{size} finished jobs")
    submits = bench.scale(2_000, 200)
    for submitters in (8, 64):
        bench.compare(
            f"submitters-{submitters}",
            [Figure("rate", "jobs/s", "higher"), Figure("shared", "transactions/sync", "higher"),
             Figure("commit", "ms", "lower")],
            lambda: few.submit(submits, submitters),
            {"1 submitter": lambda: few.submit(submits, 1)}, ours_name=f"{submitters} submitters")


SUITE = Suite(
    name="store", summary="the gateway's store against its size, its group commit, its encryption",
    run=measure,
    comparisons=("encryption", f"jobs-{SOME}", f"jobs-{MANY}", "submitters-8", "submitters-64"),
    debian=("nginx-light", "fcgiwrap", "openssl"), pypi=("grpcio", "grpcio-tools"),
    uses_executables=True)
