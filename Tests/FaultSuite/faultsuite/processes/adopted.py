"""A process that another of ours has started, with the part of `subprocess.Popen` that is used."""

from __future__ import annotations

import os
import subprocess

from .graveyard import Graveyard


class Adopted:
    """Process 1 buries it once its parent has ended."""

    def __init__(self, pid: int, graveyard: Graveyard) -> None:
        self.pid = pid
        self._graveyard = graveyard

    def poll(self) -> int | None:
        """Its status once it has ended, None before."""
        return self._graveyard.status(self.pid)

    def wait(self, seconds: float = 3_600.0) -> int:
        """Raises subprocess.TimeoutExpired."""
        status = self._graveyard.wait(self.pid, seconds)
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), seconds)
        return status

    def send_signal(self, number: int) -> None:
        """Nothing where it has ended."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def kill(self) -> None:
        self.send_signal(9)
