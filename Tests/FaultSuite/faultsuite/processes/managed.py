"""One of our processes: started, killed, stopped and started again by the run."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path

from ..boottime import now
from ..history.recorder import Recorder
from ..network.namespaces import entering
from .adopted import Adopted

UNPRIVILEGED = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
"""Nothing of Sallyport needs a privilege."""


class Managed:
    """A process on a host, with a log of its own.

    Each end is recorded with whether the run had asked for it; the checker calls others a crash.
    """

    def __init__(
        self, name: str, host: str, command: list[str], log: Path, recorder: Recorder,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self.host = host
        self.command = command
        self.log = log
        self.environment = environment or {}
        self._recorder = recorder
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | Adopted | None = None
        self._previous: dict[int, tuple[subprocess.Popen[bytes] | Adopted, str]] = {}
        self._expected: str | None = None

    @property
    def pid(self) -> int | None:
        """Of the living process."""
        with self._lock:
            self.look()
            return self._process.pid if self._process else None

    def start(self) -> int:
        """Starts it where it does not run; returns its process id."""
        with self._lock:
            self.look()
            if self._process is not None:
                return self._process.pid
            environment = {
                name: value for name, value in os.environ.items()
                if not name.startswith(("SALLYPORT_", "PYTHON"))
            }
            environment |= self.environment
            with open(self.log, "ab") as log:
                self._process = subprocess.Popen(
                    entering(self.host) + UNPRIVILEGED + self.command,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                    start_new_session=True,
                )
            self._expected = None
            self._recorder.write("start", process=self.name, pid=self._process.pid)
            return self._process.pid

    def kill(self) -> None:
        """SIGKILL to this process alone, and back when it is gone."""
        self._end(signal.SIGKILL, "kill", 30.0)

    def stop(self, seconds: float) -> bool:
        """SIGTERM; SIGKILL after `seconds`, which returns False and is recorded."""
        return self._end(signal.SIGTERM, "stop", seconds)

    def expect_end(self, reason: str) -> None:
        """Its next end is wanted, whoever asks for it."""
        with self._lock:
            self._expected = reason

    def signal(self, number: int) -> None:
        """To this process alone; nothing where it does not run."""
        with self._lock:
            if self._process is not None:
                self._process.send_signal(number)

    def adopt(self, successor: Adopted) -> None:
        """This process has started another one in its place, and is to end by itself."""
        with self._lock:
            if self._process is not None:
                self._previous[self._process.pid] = (self._process, "stop")
            self._process = successor
            self._expected = None
            self._recorder.write("start", process=self.name, pid=successor.pid)

    def look(self) -> bool:
        """Records the end of a process that has ended; returns whether it runs."""
        with self._lock:
            self._look_at_previous()
            if self._process is None:
                return False
            status = self._process.poll()
            if status is None:
                return True
            self._recorder.write(
                "end", process=self.name, pid=self._process.pid, status=status,
                expected=self._expected)
            self._process = None
            return False

    def _look_at_previous(self) -> None:
        for pid, (process, expected) in list(self._previous.items()):
            if (status := process.poll()) is not None:
                del self._previous[pid]
                self._recorder.write(
                    "end", process=self.name, pid=pid, status=status, expected=expected)

    def _end(self, number: int, reason: str, seconds: float) -> bool:
        with self._lock:
            if number == signal.SIGKILL:
                # A predecessor that still finishes its calls dies with it, as on a host that fails.
                for pid, (process, _) in list(self._previous.items()):
                    self._previous[pid] = (process, "kill")
                    process.kill()
            if not self.look():
                return True
            assert self._process is not None
            self._expected = reason
            process = self._process
            process.send_signal(number)
        in_time = True
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            in_time = False
            self._recorder.write("overdue", process=self.name, seconds=seconds, at=now())
            process.kill()
            process.wait()
        self.look()
        return in_time
