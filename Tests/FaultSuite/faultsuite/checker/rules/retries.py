"""A job runs again only as its policy says, and as often as it says where it is lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...history.history import History
from ..violation import Violation


def retries(history: History) -> Iterator[Violation]:
    epochs: dict[str, set[int]] = defaultdict(set)
    for execution in history.main_executions():
        epochs[execution.job].add(execution.epoch)
    for final in history.finals.values():
        plan = history.plans.get(final.token or "")
        if plan is None:
            continue
        policy = plan["retry"] if history.has_retries else "never"
        maximum = plan["maximum_attempts"] if policy != "never" else 1
        ran = len(epochs[final.job])
        if ran > maximum:
            yield Violation(
                "ran-too-often", final.job,
                f"{ran} attempts ran, its policy is {policy} with at most {maximum}")
        # An attempt that was lost before its command began is one that the gateway has counted.
        counted = max(ran, final.attempts_run or 0)
        was_cancelled = any(
            one.operation == "cancel" and one.job == final.job for one in history.operations)
        again = {"on-lost": {"lost"}, "always": {"lost", "failed", "timed_out"}}.get(policy, set())
        # Its queue timeout is no attempt's end.
        if final.state == "timed_out" and final.attempts_run == 0:
            continue
        if final.state in again and counted < maximum and not was_cancelled:
            yield Violation(
                "not-retried", final.job,
                f"{final.state} after {counted} of {maximum} attempts with policy {policy}: "
                f"{final.reason}")
