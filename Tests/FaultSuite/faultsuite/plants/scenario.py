"""What a scenario is, and the tools that scenarios are made of."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ..bench import Bench
from ..boottime import now
from ..faults.effect import Effect
from ..faults.injector import Injector
from ..faults.schedule import Fault
from ..history.observer import FINAL_STATES
from ..workload.driver import Driver
from ..workload.plan import JobPlan

WAIT_SECONDS = 60.0


class Director:
    """Does one thing after another, each when the one before has been seen to have happened."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.stack = bench.stack
        self._injector = Injector(bench.stack, bench.keeper, bench.recorder)
        self._open: list[tuple[Fault, Effect]] = []
        self._numbers = iter(range(1_000))
        self.worker = next(iter(bench.stack.shape.workers))

    def plan(self, kind: str, **values: Any) -> JobPlan:
        """A job of the only pool."""
        token = f"job-{next(self._numbers):05}"
        return JobPlan(token, kind, 0.0, self.stack.shape.pools[0], token, **values)

    def submit(self, *plans: JobPlan) -> Driver:
        """Back when all are acknowledged."""
        driver = self._driver()
        driver.run(list(plans), now() + WAIT_SECONDS)
        return driver

    def submit_meanwhile(self, *plans: JobPlan) -> Future[None]:
        """Submits, repeating what is not answered, while the scenario goes on."""
        done: Future[None] = Future()

        def run() -> None:
            try:
                self._driver().run(list(plans), now() + WAIT_SECONDS)
                done.set_result(None)
            except BaseException as error:
                done.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        return done

    def wait(self, condition: Callable[[], object], what: str, seconds: float = WAIT_SECONDS) -> None:
        """Raises RuntimeError where `condition` does not come true."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(f"waited for {seconds:g} s for {what}")
            time.sleep(0.05)

    def wait_for_start(self, plan: JobPlan) -> None:
        """Until the job's command has recorded its start."""
        folder = self.bench.folder.records / plan.token
        self.wait(lambda: list(folder.glob("*.jsonl")), f"the start of {plan.token}")

    def wait_for_record(self, plan: JobPlan, word: str) -> None:
        """Until the job's own record has a line with `word`."""
        folder = self.bench.folder.records / plan.token
        self.wait(
            lambda: any(f'"{word}"' in file.read_text() for file in folder.glob("*.jsonl")),
            f"'{word}' of {plan.token}")

    def wait_for_end(self) -> None:
        """Until the gateway says that every job has ended."""
        def have_ended() -> bool:
            states = self.bench.observer.look()
            return states is not None and set(states.values()) <= FINAL_STATES
        self.wait(have_ended, "the end of all jobs")

    def begin(self, kind: str, target: str, **detail: object) -> None:
        """A fault that lasts until `end_faults`."""
        fault = Fault(next(self._numbers), kind, target, 0.0, 0.0, detail)
        effect = self._injector.begin(fault)
        if effect is None:
            raise RuntimeError(f"the fault {kind} of {target} could not be made")
        self._open.append((fault, effect))

    def end_faults(self) -> None:
        """In the order in which they began."""
        while self._open:
            self._injector.finish(*self._open.pop(0))

    def end_last_fault(self) -> None:
        """And leaves the others."""
        self._injector.finish(*self._open.pop())

    def printed(self, plan: JobPlan) -> int:
        """Bytes that the job's command has recorded as its output."""
        folder = self.bench.folder.records / plan.token
        return sum(file.stat().st_size for file in folder.glob("*.std*"))

    def signal(self, pids: list[int], number: int) -> None:
        for pid in pids:
            os.kill(pid, number)

    def _driver(self) -> Driver:
        return Driver(self.stack.operator, self.bench.submission, self.bench.recorder)


@dataclass(frozen=True)
class Scenario:
    """A planted bug and how it is brought to light.

    Attributes:
        name: Of the fault point.
        expected: Kinds of violations of which the checker must find one.
        act: What happens; all faults are ended after it.
    """

    name: str
    expected: frozenset[str]
    act: Callable[[Director], None]
    workers: int = 1
    agents: tuple[str, ...] = field(default=("agent-1",))
