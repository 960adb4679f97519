"""Scenarios for bugs of the worker."""

from __future__ import annotations

import signal
import time

from ..processes.census import supervisors
from .scenario import Director, Scenario


def _outlive_the_lease(director: Director) -> None:
    """A worker is cut off for longer than its lease, while its job runs."""
    plan = director.plan("long", seconds=30.0, chunks=30)
    director.submit(plan)
    director.wait_for_start(plan)
    director.begin("cut", director.worker)
    director.wait_for_end()
    _watch_for_beats(director)
    director.end_faults()


def _jump_the_clock(director: Director) -> None:
    """The same, and the host's wall clock jumps back by ten minutes."""
    plan = director.plan("long", seconds=30.0, chunks=30)
    director.submit(plan)
    director.wait_for_start(plan)
    director.begin("cut", director.worker)
    director.begin("clock-jump", director.worker, seconds=-600)
    director.wait_for_end()
    _watch_for_beats(director)
    director.end_faults()


def _leave_nothing(director: Director) -> None:
    """Jobs that end in order, one after the other."""
    director.submit(*(director.plan("short") for _ in range(3)))
    director.wait_for_end()


def _kill_both(director: Director) -> None:
    """Worker and supervisor die at one moment, while the job has left a process behind."""
    plan = director.plan("daemon", seconds=60.0, daemon=True)
    director.submit(plan)
    folder = director.bench.folder.records / plan.token
    director.wait(lambda: list(folder.glob("*-daemon.jsonl")), "the job's daemon")
    worker = director.stack.processes[director.worker].pid
    jobs = supervisors(worker) if worker is not None else []
    director.signal(jobs, signal.SIGSTOP)
    director.begin("kill-worker", director.worker)
    director.signal(jobs, signal.SIGKILL)
    director.end_faults()
    director.wait_for_end()


def _watch_for_beats(director: Director) -> None:
    """Long enough for a command that goes on to show it."""
    time.sleep(3.0)


WORKER_SCENARIOS = (
    Scenario("lease-on-wall-clock", frozenset({"ran-past-end"}), _jump_the_clock),
    Scenario("ignore-fence", frozenset({"ran-past-end"}), _outlive_the_lease),
    Scenario("leave-workspace", frozenset({"leftover"}), _leave_nothing),
    Scenario("leave-orphans", frozenset({"orphan", "daemon-survived"}), _kill_both),
)
