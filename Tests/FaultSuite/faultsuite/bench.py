"""What every run has around its stack: keeper, observer, collector."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .boottime import now
from .history.collector import Collector
from .history.observer import FINAL_STATES, Observer
from .history.recorder import Recorder
from .processes.folder import RunFolder
from .processes.keeper import Keeper
from .processes.stack import Shape, Stack
from .workload.submission import Submission

CLEAN_SECONDS = 20.0
"""How long workers may tidy up after the last job."""

STOP_SECONDS = 30.0
"""How long an executable without work may take to end."""


class Bench:
    """A running stack and its instruments."""

    def __init__(self, stack: Stack, folder: RunFolder, recorder: Recorder) -> None:
        self.stack = stack
        self.folder = folder
        self.recorder = recorder
        self.keeper = Keeper(stack)
        self.observer = Observer(stack.operator, recorder)
        self.collector = Collector(stack, recorder)
        self.submission = Submission(
            stack.operator, folder.records, stack.git_server.repository)
        recorder.write("features", retries=self.submission.has_retries)

    def settle(self, seconds: float) -> bool:
        """Until every job has ended, at most `seconds`; whether they have. All faults are over."""
        deadline = now() + seconds
        while True:
            states = self.observer.look()
            if states is not None and set(states.values()) <= FINAL_STATES:
                self.recorder.write("settled", in_time=True, seconds=seconds)
                return True
            if now() > deadline:
                self.recorder.write("settled", in_time=False, seconds=seconds)
                return False
            time.sleep(0.5)

    def collect(self) -> None:
        """Everything that the checker wants to know at the end; stops the stack."""
        deadline = now() + CLEAN_SECONDS
        while (self.collector.leftovers() or self.collector.orphans()) and now() < deadline:
            time.sleep(0.5)
        self.collector.clean()
        self.collector.jobs()
        self.collector.audit()
        self.collector.resources("final")
        self.recorder.write("links", directions=self.stack.links.counts())
        self.keeper.stop()
        for name in [*self.stack.shape.workers, *self.stack.shape.agents, "gateway"]:
            self.stack.processes[name].stop(STOP_SECONDS)
        self.collector.integrity()
        self.collector.crashes()
        self.recorder.write("orphans", processes=self.collector.orphans())


@contextmanager
def bench(
    root: Path, folder: RunFolder, executables: Path, shape: Shape, seed: int,
    fault_points: str = "",
) -> Iterator[Bench]:
    """Builds a stack, and takes it down whatever happens."""
    recorder = Recorder(folder.history)
    recorder.write("run", seed=seed, planted=fault_points)
    stack = Stack(root, folder, executables, shape, seed, recorder, fault_points)
    made: Bench | None = None
    try:
        stack.build()
        made = Bench(stack, folder, recorder)
        made.keeper.start()
        made.observer.start()
        yield made
    finally:
        if made is not None:
            made.observer.stop()
            made.keeper.stop()
        stack.close()
        recorder.close()
