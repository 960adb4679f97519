"""What each job of a run does: made from the seed alone."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

KINDS = {
    "short": 34, "long": 8, "chatty": 10, "big-log": 5, "failing": 9, "signalled": 3,
    "timing-out": 5, "cancelled": 9, "fetching": 14, "daemon": 5,
}
"""Kinds of jobs and their shares."""

RETRIES = ("never", "on-lost", "always")


@dataclass(frozen=True)
class JobPlan:
    """One job, and when it is submitted.

    Attributes:
        at: Seconds from the beginning of the workload.
        key: Idempotency key.
        timeout: Seconds, as the gateway is told.
        cancel_after: Seconds from the submit's acknowledgement to asking for cancellation.
        duplicate: Whether the submit is repeated with the same key.
        zone: Label that a worker must have to run it; None: any will do.
        queue_timeout: Seconds; the job need not run where it has not begun by then.
        branch: Number of the branch that is fetched; None: none.
        seconds: How long the command runs by itself.
        pace: Whether the output is spread over `seconds`, or printed at once.
    """

    token: str
    kind: str
    at: float
    pool: str
    key: str
    timeout: int = 120
    cancel_after: float | None = None
    duplicate: bool = False
    retry: str = "never"
    maximum_attempts: int = 1
    priority: int = 0
    zone: str | None = None
    queue_timeout: int | None = None
    branch: int | None = None
    seconds: float = 0.2
    chunks: int = 3
    chunk_bytes: int = 60
    pace: bool = True
    binary: bool = False
    code: int = 0
    signal: int = 0
    ignore_term: bool = False
    daemon: bool = False

    def argument(self) -> str:
        """What the job's program is told."""
        names = (
            "token", "seconds", "chunks", "chunk_bytes", "pace", "binary", "code", "signal",
            "ignore_term", "daemon")
        values = {name: getattr(self, name) for name in names}
        values["checkout"] = self.branch is not None
        return json.dumps(values, separators=(",", ":"), sort_keys=True)


def make_plans(
    seed: int, seconds: float, zones: dict[str, list[str]], branches: int, per_second: float
) -> list[JobPlan]:
    """In order of time.

    Args:
        zones: Of the workers of each pool.
    """
    source = random.Random(f"{seed}/workload")
    plans = []
    at = 0.0
    while True:
        at += source.expovariate(per_second)
        if at >= seconds:
            return plans
        plans.append(_make_plan(source, seed, len(plans), at, zones, branches))


def _make_plan(
    source: random.Random, seed: int, number: int, at: float, zones: dict[str, list[str]],
    branches: int
) -> JobPlan:
    kind = source.choices(list(KINDS), list(KINDS.values()))[0]
    retry = source.choices(RETRIES, (5, 4, 2))[0]
    pool = source.choice(sorted(zones))
    common: dict[str, object] = {
        "token": f"job-{number:05}", "kind": kind, "at": at, "key": f"faults-{seed}-{number}",
        "pool": pool, "zone": source.choice(zones[pool]) if source.random() < 0.3 else None,
        "queue_timeout": source.randint(2, 8) if source.random() < 0.1 else None,
        "duplicate": source.random() < 0.12, "retry": retry,
        "maximum_attempts": 1 if retry == "never" else source.randint(2, 4),
        "priority": source.choice((-5, 0, 0, 0, 0, 5)),
    }
    return JobPlan(**(common | _make_work(source, kind, branches)))  # type: ignore[arg-type]


def _make_work(source: random.Random, kind: str, branches: int) -> dict[str, object]:
    match kind:
        case "short":
            return {"seconds": source.uniform(0.05, 1.5), "chunks": source.randint(0, 8)}
        case "long":
            return {"seconds": source.uniform(12, 30), "chunks": source.randint(10, 60)}
        case "chatty":
            return {
                "seconds": source.uniform(4, 12), "chunks": source.randint(300, 1500),
                "chunk_bytes": source.randint(40, 700), "binary": source.random() < 0.2}
        case "big-log":
            return {
                "seconds": 0.5, "pace": False, "chunks": source.randint(32, 100),
                "chunk_bytes": 65_521, "binary": source.random() < 0.3}
        case "failing":
            return {"seconds": source.uniform(0.05, 3), "code": source.randint(1, 120)}
        case "signalled":
            return {"seconds": source.uniform(0.05, 2), "signal": source.choice((6, 9, 15))}
        case "timing-out":
            return {
                "seconds": 60, "timeout": source.randint(2, 5), "chunks": 50,
                "ignore_term": source.random() < 0.5}
        case "cancelled":
            return {
                "seconds": source.uniform(4, 20), "cancel_after": source.uniform(0, 6),
                "ignore_term": source.random() < 0.3, "chunks": 20}
        case "fetching":
            return {"seconds": source.uniform(0.2, 2), "branch": source.randrange(branches)}
        case _:
            return {"seconds": source.uniform(0.3, 3), "daemon": True}
