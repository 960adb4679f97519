"""Writes down how everything is at the end."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ..network.namespaces import entering
from ..processes.census import resources, take_census
from ..processes.operator import Answer, Operator
from ..processes.stack import Stack
from .observer import LIMIT
from .recorder import Recorder
from .records import Execution, read_executions

_CRASH = re.compile(
    rb"Fatal error|Program crashed|Illegal instruction|Segmentation fault|double free|"
    rb"stack smashing|malloc\(\)|SWIFT TASK CONTINUATION MISUSE")

CALLS_AT_ONCE = 3
TRIES = 5


class Collector:
    """Each method records one kind of evidence."""

    def __init__(self, stack: Stack, recorder: Recorder) -> None:
        self._stack = stack
        self._recorder = recorder

    def resources(self, phase: str) -> None:
        """Open files and memory of the running executables."""
        for name, process in self._stack.processes.items():
            if (pid := process.pid) is not None and (found := resources(pid)) is not None:
                self._recorder.write("resources", phase=phase, process=name, pid=pid, **found)

    def jobs(self) -> None:
        """Every job as the gateway has it, and the log of every attempt that ran."""
        executions: dict[str, list[Execution]] = {}
        for execution in read_executions(self._stack.folder.records):
            executions.setdefault(execution.job, []).append(execution)
        jobs = self._ask("job", "list", "--limit", str(LIMIT)).json()["jobs"]
        self._recorder.write("final-list", jobs=[job["id"] for job in jobs])
        with ThreadPoolExecutor(CALLS_AT_ONCE, "collector") as pool:
            for _ in pool.map(lambda job: self._job(job["id"], executions), jobs):
                pass

    def audit(self) -> None:
        """What the audit log says of attempts."""
        after = 0
        while True:
            answer = self._ask("audit", "list", "--after", str(after), "--limit", "5000")
            found = answer.json().get("records", answer.json().get("entries", []))
            if not found:
                return
            after = found[-1]["sequence"]
            for record in found:
                if record["action"] in ("attempt.finish", "attempt.end", "job.submit"):
                    self._recorder.write("audit", record=record)

    def leftovers(self) -> list[str]:
        """What the workers have on disk that belongs to a job; nothing, once all have ended."""
        found = []
        for name in self._stack.shape.workers:
            for part in ("workspaces", "spool"):
                folder = self._stack.folder.state(name) / part
                if folder.is_dir():
                    found += [f"{name}/{part}/{entry.name}" for entry in folder.iterdir()]
        return sorted(found)

    def orphans(self) -> list[dict[str, Any]]:
        """Processes of jobs, wherever they hang in the tree of processes."""
        return [
            {"pid": one.pid, "parent": one.parent, "job": one.job, "command": one.command[:200]}
            for one in take_census() if one.job is not None]

    def clean(self) -> None:
        self._recorder.write("leftovers", paths=self.leftovers())
        self._recorder.write("orphans", processes=self.orphans())

    def crashes(self) -> None:
        """What Swift's runtime, the C library or the kernel say where a process has trapped."""
        found = []
        for log in sorted(self._stack.folder.log.glob("*.log")):
            with open(log, "rb") as lines:
                found += [
                    f"{log.name}: {line.decode(errors='replace').strip()[:300]}"
                    for line in lines if _CRASH.search(line)]
        self._recorder.write("crashes", lines=found[:50])

    def integrity(self) -> None:
        """Of the database, once the gateway has ended: by SQLite, and by the gateway itself."""
        path = self._stack.folder.gateway / "gateway.db"
        with sqlite3.connect(path) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        doctor = self._stack.ask_doctor()
        if doctor is not None and doctor.returncode != 0:
            found += doctor.stdout.decode(errors="replace").splitlines()
        self._recorder.write("integrity", found=found, doctor=doctor is not None)

    # MARK: Helpers

    def _job(self, job: str, executions: dict[str, list[Execution]]) -> None:
        shown = self._ask("job", "show", job).json()
        self._recorder.write("final", job=shown)
        by_epoch = {one.epoch: one for one in executions.get(job, []) if one.role == "main"}
        for epoch in sorted(set(by_epoch) | ({shown["epoch"]} - {0})):
            self._log(shown, epoch, by_epoch.get(epoch))

    def _log(self, job: dict[str, Any], epoch: int, execution: Execution | None) -> None:
        identifier = job["id"]
        answer = self._ask(
            "job", "logs", identifier, "--attempt", str(epoch), may_fail=True)
        if not answer.is_ok:
            self._recorder.write(
                "log", job=identifier, epoch=epoch, status=answer.status, error=answer.error[-300:])
            return
        streams = _streams(answer.output)
        facts = {}
        for stream in ("stdout", "stderr"):
            written = execution.output(stream) if execution else b""
            logged = streams[stream]
            common = _common_length(written, logged)
            facts[stream] = {"written": len(written), "logged": len(logged), "common": common}
            if common < len(logged):
                folder = self._stack.folder.logs
                (folder / f"{identifier}-{epoch}.{stream}").write_bytes(logged)
        self._recorder.write(
            "log", job=identifier, epoch=epoch, status=0, streams=facts, ran=execution is not None,
            stopped=execution is not None and execution.stop is not None,
            system=streams["system"].decode(errors="replace")[-400:], **_log_state(job, epoch))

    def _ask(self, *words: str, may_fail: bool = False) -> Answer:
        """Raises RuntimeError where there is no answer in several tries, all faults being over."""
        answer = Answer(None, b"", "")
        for _ in range(TRIES):
            answer = self._stack.operator.call(*words)
            if answer.is_ok or (may_fail and answer.is_refusal):
                return answer
        raise RuntimeError(f"no answer to 'sallyport {' '.join(words)}': {answer.error.strip()}")


def _streams(output: bytes) -> dict[str, bytes]:
    """Bytes of each stream from what `job logs --output json` prints; the last line is the job."""
    parts: dict[str, list[bytes]] = {"stdout": [], "stderr": [], "system": []}
    for line in output.splitlines():
        entry = json.loads(line)
        if "stream" in entry:
            data = (
                base64.b64decode(entry["base64"]) if "base64" in entry
                else entry["text"].encode("utf-8", "surrogatepass"))
            parts[entry["stream"]].append(data)
    return {stream: b"".join(found) for stream, found in parts.items()}


def _common_length(one: bytes, other: bytes) -> int:
    """Length of the common beginning."""
    length = min(len(one), len(other))
    if one[:length] == other[:length]:
        return length
    low, high = 0, length
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _log_state(job: dict[str, Any], epoch: int) -> dict[str, Any]:
    """State and reason as the gateway gives them for that attempt; None where it does not say."""
    for attempt in job.get("attempts", []):
        if attempt.get("epoch") == epoch and attempt.get("log_state"):
            return {
                "state": attempt["log_state"], "reason": attempt.get("log_incomplete_reason", "")}
    if job["epoch"] == epoch:
        return {"state": job["log_state"], "reason": job.get("log_incomplete_reason", "")}
    return {"state": None, "reason": ""}
