"""Each log is what the attempt wrote, or is marked incomplete, with a reason, and not for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ...history.history import History, LogFact
from .. import tolerance
from ..influence import attempt_times, faults_at, is_explained
from ..violation import Violation

_WORKER_KILLS = frozenset({"kill-worker", "kill-worker-long", "kill-supervisor"})


def logs(history: History) -> Iterator[Violation]:
    for log in history.logs:
        if log.status != 0:
            if log.ran:
                yield Violation("log-unreadable", log.job, f"epoch {log.epoch}: {log.error}")
            continue
        yield from _content(log)
        final = history.finals.get(log.job)
        is_over = final is not None and (log.epoch < final.epoch or final.state != "running")
        if log.state == "open" and is_over:
            yield Violation("log-open", log.job, f"of epoch {log.epoch}, which is over")
        if log.state == "incomplete":
            if not log.reason and final is not None and "log_incomplete_reason" in final.raw:
                yield Violation("log-incomplete-without-reason", log.job, f"epoch {log.epoch}")
            if not _may_be_incomplete(history, log):
                yield Violation(
                    "log-incomplete-without-fault", log.job, f"epoch {log.epoch}: {log.reason}")


def _may_be_incomplete(history: History, log: LogFact) -> bool:
    """A worker that has reported a result has, or had, the whole log on disk: only what has hit this
    very process explains that some of it is gone. A lost attempt's log ends anywhere."""
    final = history.finals.get(log.job)
    was_reported = any(
        record["action"] == "attempt.finish" and record["object"] == f"{log.job}/{log.epoch}"
        and record["decision"] == "allowed" and record.get("detail") != "lost"
        for record in history.audit)
    if final is None or not was_reported:
        return is_explained(history, log.job, log.epoch)
    begin, end = attempt_times(history, log.job, log.epoch)
    worker = history.worker_of(log.job, log.epoch)
    return bool(faults_at(history, {worker}, begin, end, _WORKER_KILLS))


def _content(log: LogFact) -> Iterator[Violation]:
    for stream, fact in log.streams.items():
        written, logged, common = fact["written"], fact["logged"], fact["common"]
        words = (
            f"epoch {log.epoch}, {stream}: {written} bytes written, {logged} logged, the first "
            f"{common} are the same")
        if common < logged:
            yield Violation("log-differs", log.job, words)
        elif log.state == "complete" and logged < written:
            # A killed command has recorded its last chunk before it could print all of it.
            if log.stopped or written - logged > tolerance.LAST_CHUNK_BYTES:
                yield Violation("log-cut", log.job, f"{words}, and it is called complete")
