"""Which faults can explain what happened to an attempt."""

from __future__ import annotations

from collections.abc import Collection

from ..history.history import FaultSpan, History
from . import tolerance

HARMLESS = frozenset({"clock-jump", "pause-pool"})
"""Explain nothing: a job must not notice them."""


def faults_at(
    history: History, targets: Collection[str | None], begin: float, end: float,
    kinds: Collection[str] | None = None,
) -> list[FaultSpan]:
    """Those of `targets` whose time, with its aftermath, meets the time from `begin` to `end`.

    Args:
        kinds: Only these; None: all but the harmless ones.
    """
    return [
        fault for fault in history.faults
        if fault.target in targets
        and (fault.kind in kinds if kinds is not None else fault.kind not in HARMLESS)
        and fault.begin <= end and begin <= fault.end + tolerance.AFTERMATH_SECONDS]


def attempt_times(history: History, job: str, epoch: int) -> tuple[float, float]:
    """From when at the earliest to when at the latest an attempt has been known to go on."""
    begins = [one.begin for one in history.seen if (one.job, one.epoch) == (job, epoch)]
    ends = [one.end for one in history.seen if (one.job, one.epoch) == (job, epoch)]
    for execution in history.executions:
        if (execution.job, execution.epoch) == (job, epoch):
            begins.append(execution.start)
            ends.append(execution.last)
    return min(begins, default=0.0), max(ends, default=float("inf"))


def is_explained(history: History, job: str, epoch: int) -> bool:
    """Whether a fault has hit the gateway, the worker or its link during the attempt."""
    begin, end = attempt_times(history, job, epoch)
    worker = history.worker_of(job, epoch)
    targets = {"gateway", worker} if worker else {"gateway", *history.workers.values()}
    return bool(faults_at(history, targets, begin, end))
