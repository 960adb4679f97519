"""Makes the faults of a schedule happen, and ends each."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable

from ..boottime import now
from ..history.recorder import Recorder
from ..processes.keeper import Keeper
from ..processes.stack import Stack
from .effect import NotYetError
from .kinds import KINDS, Effect
from .schedule import Fault


RETRY_SECONDS = 0.5
"""Until the end of a fault is tried again that had to wait for that of another."""

PATIENCE_SECONDS = 90.0
"""For how long; then it has not been put back, which is recorded."""


class Injector:
    """One thread, so that the order of the faults is the schedule's."""

    def __init__(self, stack: Stack, keeper: Keeper, recorder: Recorder) -> None:
        self._stack = stack
        self._keeper = keeper
        self._recorder = recorder
        self._stopped = threading.Event()
        self._first_tries: dict[int, float] = {}

    def run(self, faults: list[Fault]) -> None:
        """Back when the last fault has ended; all are ended where `stop` is called."""
        begin = now()
        count = 0
        queue: list[tuple[float, int, Callable[[], None]]] = []
        open_effects: dict[int, tuple[Fault, Effect]] = {}

        def end(number: int) -> None:
            nonlocal count
            if self._end(*open_effects[number]):
                del open_effects[number]
                return
            # Meanwhile the others go on, and end: one of them is in its way.
            count += 1
            heapq.heappush(queue, (now() + RETRY_SECONDS, count, lambda: end(number)))

        def start(fault: Fault) -> None:
            nonlocal count
            effect = self.begin(fault)
            if effect is not None:
                open_effects[fault.number] = (fault, effect)
                count += 1
                heapq.heappush(
                    queue, (now() + fault.seconds, count, lambda: end(fault.number)))

        for fault in faults:
            count += 1
            queue.append((begin + fault.at, count, lambda fault=fault: start(fault)))
        heapq.heapify(queue)
        while queue:
            at, _, action = heapq.heappop(queue)
            if self._stopped.wait(max(0.0, at - now())):
                break
            action()
        while open_effects:
            for number in list(open_effects):
                if self._end(*open_effects[number]):
                    del open_effects[number]
            if open_effects:
                time.sleep(RETRY_SECONDS)

    def stop(self) -> None:
        self._stopped.set()

    def begin(self, fault: Fault) -> Effect | None:
        """None where it could not be made; that is recorded, and is no fault."""
        effect = KINDS[fault.kind](self._stack, self._keeper, fault)
        begin = now()
        try:
            detail = effect.begin()
        except Exception as error:  # noqa: BLE001 - the run goes on without this fault
            self._recorder.write("suite-error", error=f"{fault.kind}: {error!r}")
            return None
        if detail is None:
            return None
        self._recorder.write(
            "fault", number=fault.number, kind=fault.kind, target=fault.target, begin=begin,
            detail=fault.detail | detail)
        return effect

    def _end(self, fault: Fault, effect: Effect) -> bool:
        """Whether it has ended, well or not."""
        try:
            effect.end()
        except NotYetError as error:
            if now() - self._first_tries.setdefault(fault.number, now()) < PATIENCE_SECONDS:
                return False
            self._recorder.write("suite-error", error=f"end of {fault.kind}: {error!r}")
        except Exception as error:  # noqa: BLE001 - the others must still be ended
            self._recorder.write("suite-error", error=f"end of {fault.kind}: {error!r}")
        self._recorder.write("fault-end", number=fault.number)
        return True

    def finish(self, fault: Fault, effect: Effect) -> None:
        """Ends a fault that `begin` made."""
        while not self._end(fault, effect):
            time.sleep(RETRY_SECONDS)
