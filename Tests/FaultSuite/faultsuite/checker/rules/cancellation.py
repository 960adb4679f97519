"""A cancelled job stops."""

from __future__ import annotations

from collections.abc import Iterator

from ...history.history import History
from .. import tolerance
from ..influence import faults_at
from ..violation import Violation


def cancellation(history: History) -> Iterator[Violation]:
    for one in history.operations:
        if one.operation != "cancel" or one.job is None:
            continue
        if one.outcome == "refused" and "ended" not in one.error and "final" not in one.error:
            yield Violation("cancel-refused", one.job, one.error)
        if one.outcome != "ok":
            continue
        for execution in history.main_executions():
            if execution.job != one.job:
                continue
            if execution.start > one.end + tolerance.END_SECONDS:
                if not _explained(history, one.job, execution.epoch, one.end, execution.start):
                    yield Violation(
                        "ran-after-cancel", one.job,
                        f"epoch {execution.epoch} began {execution.start - one.end:.1f} s after the "
                        "cancellation was acknowledged")
                continue
            late = execution.last - one.end - tolerance.CANCEL_SECONDS
            if late > 0 and not _explained(
                history, one.job, execution.epoch, one.end, execution.last
            ):
                yield Violation(
                    "cancel-ignored", one.job,
                    f"ran on for {late + tolerance.CANCEL_SECONDS:.1f} s after it")


def _explained(history: History, job: str, epoch: int, begin: float, end: float) -> bool:
    worker = history.worker_of(job, epoch)
    return bool(faults_at(history, {"gateway", worker}, begin, end))
