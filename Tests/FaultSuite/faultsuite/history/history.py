"""The recorded history of a run, as the checker reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .records import Execution, read_executions


@dataclass(frozen=True)
class Operation:
    """A submit or a cancellation, between its call and its answer.

    Attributes:
        outcome: `ok`; `refused`, where it was not done; `unknown`, where it may have been.
    """

    operation: str
    token: str
    key: str
    begin: float
    end: float
    outcome: str
    job: str | None = None
    error: str = ""
    repeat: bool = False


@dataclass(frozen=True)
class Seen:
    """A job, at some moment between `begin` and `end`; the log is that of its epoch."""

    begin: float
    end: float
    job: str
    state: str
    epoch: int
    log_length: int = 0


@dataclass(frozen=True)
class FaultSpan:
    """A fault that happened; `end` is infinite where it was not ended."""

    number: int
    kind: str
    target: str
    begin: float
    end: float = float("inf")
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ProcessEnd:
    """The end of one of our processes; `expected` says who asked for it, None: nobody."""

    process: str
    pid: int
    time: float
    status: int
    expected: str | None


@dataclass(frozen=True)
class Final:
    """A job as the gateway has it at the end; `raw` is all that it says."""

    job: str
    token: str | None
    state: str
    epoch: int
    worker: str | None = None
    exit_code: int | None = None
    signal: int | None = None
    reason: str = ""
    attempts_run: int | None = None
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LogFact:
    """An attempt's log against what the attempt wrote.

    Attributes:
        streams: For `stdout` and `stderr`: bytes written, bytes logged, length of the common beginning.
        ran: Whether the command of that attempt has recorded a start.
        stopped: Whether it has recorded its own end.
        state: `complete`, `incomplete` or `open`; None where the gateway does not say.
    """

    job: str
    epoch: int
    status: int | None = 0
    streams: dict[str, dict[str, int]] = field(default_factory=dict)
    ran: bool = True
    stopped: bool = True
    state: str | None = "complete"
    reason: str = ""
    error: str = ""


@dataclass(frozen=True)
class Resources:
    """Open files and resident KiB of a process, at `baseline` or `final`."""

    phase: str
    process: str
    pid: int
    files: int
    kib: int


@dataclass
class History:
    """Everything, in order of time where there is one."""

    plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    missing: list[tuple[float, str]] = field(default_factory=list)
    faults: list[FaultSpan] = field(default_factory=list)
    ends: list[ProcessEnd] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    finals: dict[str, Final] = field(default_factory=dict)
    logs: list[LogFact] = field(default_factory=list)
    audit: list[dict[str, Any]] = field(default_factory=list)
    resources: list[Resources] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    orphans: list[dict[str, Any]] = field(default_factory=list)
    integrity: list[str] = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)
    workers: dict[str, str] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)
    branches: list[dict[str, str]] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    suite_errors: list[str] = field(default_factory=list)
    settled: bool = True
    has_retries: bool = False

    def main_executions(self) -> list[Execution]:
        return [execution for execution in self.executions if execution.role == "main"]

    def worker_of(self, job: str, epoch: int) -> str | None:
        """Name of the worker that ran an attempt; None where nobody knows."""
        for execution in self.executions:
            if (execution.job, execution.epoch) == (job, epoch) and execution.folder:
                return next(
                    (name for name in self.workers.values() if f"/{name}/" in execution.folder),
                    None)
        final = self.finals.get(job)
        if final is None:
            return None
        for attempt in final.raw.get("attempts", []):
            if attempt.get("epoch") == epoch:
                return self.workers.get(attempt.get("worker_id", ""))
        return self.workers.get(final.worker or "") if final.epoch == epoch else None


def read_history(file: Path, records: Path) -> History:
    """Of a run that has ended."""
    with open(file, encoding="utf-8") as lines:
        history = fold(json.loads(line) for line in lines)
    history.executions = read_executions(records)
    return history


def fold(events: Iterable[dict[str, Any]]) -> History:
    """The history that the recorded events tell."""
    history = History()
    spans: dict[int, FaultSpan] = {}
    for event in events:
        match event["what"]:
            case "plan":
                history.plans[event["token"]] = event
            case "features":
                history.has_retries = event["retries"]
            case "operation":
                history.operations.append(Operation(
                    event["operation"], event["token"], event["key"], event["begin"],
                    event["end"], event["outcome"], event.get("job"), event.get("error", ""),
                    event.get("repeat", False)))
            case "observation":
                history.seen += [
                    Seen(event["begin"], event["end"], *job) for job in event["jobs"]]
                history.missing += [(event["end"], job) for job in event["missing"]]
            case "fault":
                spans[event["number"]] = FaultSpan(
                    event["number"], event["kind"], event["target"], event["begin"],
                    detail=event["detail"])
            case "fault-end":
                span = spans[event["number"]]
                spans[event["number"]] = FaultSpan(
                    span.number, span.kind, span.target, span.begin, event["time"], span.detail)
            case "end":
                history.ends.append(ProcessEnd(
                    event["process"], event["pid"], event["time"], event["status"],
                    event["expected"]))
            case "overdue":
                history.overdue.append(f"{event['process']} (after {event['seconds']:g} s)")
            case "final":
                final = _final(event["job"])
                history.finals[final.job] = final
            case "log":
                history.logs.append(LogFact(**{
                    name: event[name] for name in LogFact.__dataclass_fields__ if name in event}))
            case "audit":
                history.audit.append(event["record"])
            case "resources":
                history.resources.append(Resources(
                    event["phase"], event["process"], event["pid"], event["files"], event["kib"]))
            case "leftovers":
                history.leftovers = event["paths"]
            case "orphans":
                history.orphans += event["processes"]
            case "integrity":
                history.integrity += [line for line in event["found"] if line != "ok"]
            case "crashes":
                history.crashes = event["lines"]
            case "workers":
                history.workers = event["names"]
                history.zones = event.get("zones", {})
            case "branches":
                history.branches = event["branches"]
            case "suite-error":
                history.suite_errors.append(event["error"])
            case "settled":
                history.settled = event["in_time"]
    history.faults = list(spans.values())
    return history


def _final(job: dict[str, Any]) -> Final:
    command = job.get("spec", {}).get("command", [])
    try:
        token = json.loads(command[-1])["token"]
    except (IndexError, KeyError, TypeError, ValueError):
        token = None
    return Final(
        job=job["id"], token=token, state=job["state"], epoch=job["epoch"],
        worker=job.get("worker_id"), exit_code=job.get("exit_code"), signal=job.get("signal"),
        reason=job.get("reason", ""), attempts_run=job.get("attempts_run"), raw=job)
