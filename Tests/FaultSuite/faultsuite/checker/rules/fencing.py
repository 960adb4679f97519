"""Once the gateway has ended an attempt, nothing of it runs."""

from __future__ import annotations

from collections.abc import Iterator

from ...history.history import History
from ...history.observer import FINAL_STATES
from .. import tolerance
from ..violation import Violation


def fencing(history: History) -> Iterator[Violation]:
    over: dict[tuple[str, int], tuple[float, str]] = {}
    running: dict[str, int] = {}
    for one in history.seen:
        if one.state == "running":
            running[one.job] = one.epoch
        for epoch in range(1, one.epoch + 1):
            is_over = (
                epoch < one.epoch or one.state in FINAL_STATES
                or (one.state == "queued" and running.get(one.job) == epoch))
            if is_over:
                over.setdefault((one.job, epoch), (one.end, one.state))
    for execution in history.executions:
        found = over.get((execution.job, execution.epoch))
        if found is None or execution.role != "main":
            continue
        late = execution.last - found[0]
        if late > tolerance.END_SECONDS:
            yield Violation(
                "ran-past-end", execution.job,
                f"epoch {execution.epoch} ran {late:.2f} s after the gateway was seen to have ended "
                f"it ({found[1]})")
