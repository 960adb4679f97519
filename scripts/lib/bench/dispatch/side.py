"""A dispatcher that is measured, and the client that measures it."""

from __future__ import annotations

import json
import subprocess

from ..bench import Bench
from ..figures import Sample, quantile
from ..processes import Usage, usage

STAGES = ("accepted", "first", "final")
POOL = "builders"
"""Of Sallyport's worker."""
QUEUE = "waiting"
"""A pool of Sallyport without a worker."""


class Side:
    """A dispatcher that runs, and its client.

    Attributes:
        services: Process ids by what they are.
    """

    def __init__(
        self, bench: Bench, name: str, module: str, arguments: list[str],
        services: dict[str, int], environment: dict[str, str] | None = None
    ) -> None:
        self._client = bench.start(
            f"client-{name}",
            [bench.venv / "bin/python", "-m", f"bench.dispatch.{module}", *arguments],
            library(bench) | (environment or {}),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if not self._client.process.stdout.readline():
            raise RuntimeError(f"{name}: {self._client.log.read_text()[-2000:]}")
        self._services = services | {"client": self._client.pid}

    def stages(self, jobs: int) -> Sample:
        """One job after the other."""
        times, processes = self.ask({"stages": jobs})
        values = {
            f"{stage}-{name}": quantile([one[stage] for one in times], q) * 1e3
            for stage in STAGES for name, q in (("p50", 0.5), ("p99", 0.99))}
        return Sample(values, processes, {"jobs": jobs, "at_once": 1})

    def burst(self, jobs: int) -> Sample:
        """All jobs submitted at once, two running."""
        seconds, processes = self.ask({"burst": jobs})
        cpu = sum(cost.cpu_seconds for cost in processes.values())
        return Sample(
            {"rate": jobs / seconds, "cpu": cpu / jobs * 1e3}, processes,
            {"jobs": jobs, "at_once": 2})

    def acceptance(self, jobs: int) -> list[float]:
        """Milliseconds from each submission, one after the other, until Sallyport has accepted it:
        a call, and a commit on disk."""
        seconds, _ = self.ask({"accepts": {"jobs": jobs, "pool": QUEUE}})
        return [one * 1e3 for one in seconds]

    def ask(self, request: dict) -> tuple:
        """The client's answer, and what it cost each process."""
        before = self._usages()
        process = self._client.process
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the client ended: {self._client.log.read_text()[-2000:]}")
        after = self._usages()
        return json.loads(answer), {name: after[name].since(before[name]) for name in after}

    def _usages(self) -> dict[str, Usage]:
        return {name: usage(pid) for name, pid in self._services.items()}


def library(bench: Bench) -> dict[str, str]:
    return {"PYTHONPATH": str(bench.root / "scripts/lib")}


def sallyport_client(
    bench: Bench, name: str, operator: str, endpoint: str, services: dict[str, int]
) -> Side:
    return Side(
        bench, name, "sallyport", [str(bench.root / "protos"), operator, endpoint, POOL], services)
