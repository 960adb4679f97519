"""How processes ended that were not this process's children: process 1 tells."""

from __future__ import annotations

import os
import threading
import time
from functools import cache

VARIABLE = "SALLYPORT_FAULTS_GRAVEYARD"
"""Environment variable with the number of the pipe that process 1 writes into: `PID STATUS`, a line
for each process that it has buried."""


class Graveyard:
    """Reads the pipe on a thread of its own, for as long as process 1 lives."""

    def __init__(self) -> None:
        self._statuses: dict[int, int] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._read, name="graveyard", daemon=True).start()

    def status(self, pid: int) -> int | None:
        """As `subprocess` gives it; None where that process has not been buried."""
        with self._lock:
            return self._statuses.get(pid)

    def wait(self, pid: int, seconds: float) -> int | None:
        """Until it is buried; None where that takes longer."""
        deadline = time.monotonic() + seconds
        while (status := self.status(pid)) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        return status

    def _read(self) -> None:
        number = os.environ.get(VARIABLE)
        if number is None:
            return
        with os.fdopen(int(number), "r", encoding="ascii") as pipe:
            for line in pipe:
                pid, status = map(int, line.split())
                with self._lock:
                    self._statuses[pid] = status


@cache
def graveyard() -> Graveyard:
    """The one of this run: there is one pipe."""
    return Graveyard()
