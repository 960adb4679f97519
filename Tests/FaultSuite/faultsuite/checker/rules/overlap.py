"""No two attempts of a job run at once, and no attempt runs twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from ...history.history import History
from ...history.records import Execution
from ..violation import Violation


def overlap(history: History) -> Iterator[Violation]:
    by_job: dict[str, list[Execution]] = defaultdict(list)
    for execution in history.executions:
        by_job[execution.job].append(execution)
    for job, executions in by_job.items():
        for one, other in combinations(executions, 2):
            if one.epoch == other.epoch:
                if one.role == other.role == "main":
                    yield Violation(
                        "attempt-ran-twice", job,
                        f"epoch {one.epoch} as processes {one.pid} and {other.pid}")
            # All times are of one clock; each is a moment at which the process wrote a line.
            elif one.start <= other.last and other.start <= one.last:
                shared = min(one.last, other.last) - max(one.start, other.start)
                yield Violation(
                    "attempts-overlap", job,
                    f"epochs {one.epoch} ({one.role}) and {other.epoch} ({other.role}) ran at once "
                    f"for {shared:.2f} s")
