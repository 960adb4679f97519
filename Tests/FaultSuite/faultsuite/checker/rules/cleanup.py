"""Nothing is left: no process, no file, no memory, no damage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...history.history import History
from .. import tolerance
from ..violation import Violation

_RESTART_KINDS = frozenset({
    "kill-worker", "kill-worker-long", "kill-supervisor", "stop-worker", "stop-worker-short"})


def cleanup(history: History) -> Iterator[Violation]:
    for orphan in history.orphans:
        yield Violation(
            "orphan", orphan["job"], f"process {orphan['pid']} below {orphan['parent']}: "
            f"{orphan['command']}")
    for path in history.leftovers:
        yield Violation("leftover", None, path)
    for line in history.integrity:
        yield Violation("database-damaged", None, line)
    yield from _daemons(history)
    yield from _resources(history)


def _daemons(history: History) -> Iterator[Violation]:
    mains = {(one.job, one.epoch): one for one in history.main_executions()}
    for daemon in history.executions:
        main = mains.get((daemon.job, daemon.epoch))
        if daemon.role == "main" or main is None:
            continue
        allowed = main.last + tolerance.DAEMON_SECONDS
        worker = history.worker_of(main.job, main.epoch)
        for fault in history.faults:
            if fault.target == worker and fault.kind in _RESTART_KINDS and (
                fault.begin <= allowed and fault.end >= main.start
            ):
                allowed = max(allowed, fault.end + tolerance.DAEMON_AFTER_FAULT_SECONDS)
        if daemon.last > allowed:
            yield Violation(
                "daemon-survived", daemon.job,
                f"what epoch {daemon.epoch} left behind ran {daemon.last - main.last:.1f} s longer "
                "than its command")


def _resources(history: History) -> Iterator[Violation]:
    phases: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for one in history.resources:
        phases[one.process][one.phase] = (one.files, one.kib)
    for process, found in sorted(phases.items()):
        if "baseline" not in found:
            continue
        if "final" not in found:
            yield Violation("process-missing", None, f"{process} does not run at the end")
            continue
        files, kib = (after - before for before, after in zip(found["baseline"], found["final"]))
        if files > tolerance.EXTRA_FILES:
            yield Violation("files-leaked", None, f"{process} has {files} more than at the start")
        if kib > tolerance.EXTRA_KIB:
            yield Violation("memory-leaked", None, f"{process} has {kib} KiB more than at the start")
