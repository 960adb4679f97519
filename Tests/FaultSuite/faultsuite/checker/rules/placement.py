"""A job begins where and when it is allowed to, or ends without having begun."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ...history.history import Final, History
from ..violation import Violation

SLACK_SECONDS = 0.1


def placement(history: History) -> Iterator[Violation]:
    for execution in history.main_executions():
        plan = history.plans.get(execution.token)
        if plan is None or plan["zone"] is None:
            continue
        worker = history.worker_of(execution.job, execution.epoch)
        if worker is not None and history.zones.get(worker, plan["zone"]) != plan["zone"]:
            yield Violation(
                "wrong-worker", execution.job,
                f"wants zone {plan['zone']}, epoch {execution.epoch} ran on {worker}")
    for final in history.finals.values():
        plan = history.plans.get(final.token or "")
        if plan is not None and final.state == "timed_out" and final.attempts_run == 0:
            yield from _waited_too_long(final, plan)


def _waited_too_long(final: Final, plan: dict) -> Iterator[Violation]:
    if plan["queue_timeout"] is None:
        yield Violation("timed-out-in-queue", final.job, f"it may wait for ever: {final.reason}")
        return
    times = [final.raw.get(name) for name in ("submitted_at", "finished_at")]
    if None in times:
        return
    begin, end = (datetime.fromisoformat(str(time)) for time in times)
    waited = (end - begin).total_seconds()
    if waited < plan["queue_timeout"] - SLACK_SECONDS:
        yield Violation(
            "queue-timeout-early", final.job, f"after {waited:.1f} of {plan['queue_timeout']} s")
