"""Histories for tests: a clean one, which each test spoils in one place."""

from __future__ import annotations

from typing import Any

from faultsuite.checker.check import check
from faultsuite.history.history import Final, History, LogFact, Operation, Seen
from faultsuite.history.records import Execution
from faultsuite.workload.plan import JobPlan

JOB = "0123456789abcdef0123456789abcdef"
TOKEN = "job-00000"
WORKER_ID = "aa" * 16


def plan(**changes: Any) -> dict[str, Any]:
    return JobPlan(**({"token": TOKEN, "kind": "short", "at": 0.0, "pool": "builders",
                       "key": "key-0"} | changes)).__dict__


def execution(epoch: int = 1, start: float = 12.0, last: float = 14.0, **changes: Any) -> Execution:
    values = {"stop": last, "code": 0, "folder": f"/run/worker-1/workspaces/{JOB}-{epoch}/work"}
    return Execution(
        token=TOKEN, job=JOB, epoch=epoch, pid=100 + epoch, start=start, last=last,
        **({"role": "main"} | values | changes))


def log(epoch: int = 1, written: int = 10, logged: int = 10, **changes: Any) -> LogFact:
    fact = {"written": written, "logged": logged, "common": min(written, logged)}
    return LogFact(
        JOB, epoch, streams={"stdout": changes.pop("fact", fact)}, **changes)


def finish(sequence: int, epoch: int, detail: str) -> dict[str, Any]:
    return {"sequence": sequence, "action": "attempt.finish", "decision": "allowed",
            "object": f"{JOB}/{epoch}", "detail": detail}


def final(state: str = "succeeded", epoch: int = 1, **changes: Any) -> Final:
    return Final(
        job=JOB, token=TOKEN, state=state, epoch=epoch, worker=WORKER_ID,
        **({"exit_code": 0} | changes))


def clean() -> History:
    """One job that is submitted at 10, runs from 12 to 14 and succeeds."""
    return History(
        plans={TOKEN: plan()},
        operations=[Operation("submit", TOKEN, "key-0", 10.0, 10.1, "ok", JOB)],
        seen=[
            Seen(10.2, 10.3, JOB, "queued", 0), Seen(12.2, 12.3, JOB, "running", 1),
            Seen(14.2, 14.3, JOB, "succeeded", 1)],
        finals={JOB: final()}, logs=[log()], audit=[finish(5, 1, "succeeded")],
        executions=[execution()], workers={WORKER_ID: "worker-1"})


def kinds(history: History) -> set[str]:
    """Kinds of the violations that the checker finds."""
    return {violation.kind for violation in check(history)}
