"""The gateway's store, encrypted as `init` makes it: what it costs as finished jobs pile up, how many
jobs share one commit, and what encryption costs."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from ..bench import Bench, Suite, note
from ..dispatch.side import QUEUE, Side, sallyport_client
from ..figures import Figure, Sample, quantile
from ..filling import fill

FEW, SOME, MANY = 10, 10_000, 1_000_000
TENANT = "acme"
"""The one that a stack begins with."""


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
            fill(self._folder / "gateway/gateway.db", TENANT, jobs)
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
