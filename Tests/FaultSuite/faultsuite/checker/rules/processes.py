"""None of our processes ends but by what the run does to it."""

from __future__ import annotations

from collections.abc import Iterator

from ...history.history import History
from ..influence import faults_at
from ..violation import Violation

RESTART_STATUS = 75
"""Exit code of a worker that was drained and asks for a new start."""

UNDELIVERED_STATUS = 69
"""Exit code of a worker that could not deliver its results; it keeps them for its next start."""


def processes(history: History) -> Iterator[Violation]:
    for end in history.ends:
        words = f"{end.process} (process {end.pid}) ended with status {end.status}"
        if end.expected is None:
            yield Violation("process-died", None, f"{words} by itself")
        elif end.expected == "stop" and end.status == UNDELIVERED_STATUS and faults_at(
            history, {"gateway", end.process}, end.time - 60, end.time
        ):
            continue
        elif end.expected == "stop" and end.status != 0:
            yield Violation("stop-failed", None, f"{words} when asked to stop")
        elif end.expected == "drain" and end.status not in (0, RESTART_STATUS):
            yield Violation("stop-failed", None, f"{words} when drained")
        elif end.expected == "kill" and end.status not in (-9, 0):
            yield Violation("process-died", None, f"{words} and was to be killed")
    for fault in history.faults:
        if fault.kind == "handover-gateway" and not fault.detail.get("ok"):
            yield Violation("handover-failed", None, f"of process {fault.detail.get('pid')}")
    for line in history.crashes:
        yield Violation("crash", None, line)
    for words in history.overdue:
        yield Violation("stop-overdue", None, words)
    for error in history.suite_errors:
        yield Violation("suite-error", None, error)
    if not history.settled:
        yield Violation("not-settled", None, "jobs had not ended long after the last fault")
