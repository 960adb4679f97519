"""A gateway is replaced while it runs."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

from ..processes.adopted import Adopted
from ..processes.graveyard import graveyard
from .effect import Effect

SECONDS = 75.0
"""How long the old process may wait for the new one, and some."""

_DONE = re.compile(rb"a new process serves[^\n]*process=(\d+)")
_FAILED = b"the new process did not come to serve"


class Handover(Effect):
    """SIGUSR2: the gateway starts its successor, which takes its listeners over."""

    def begin(self) -> dict[str, object] | None:
        process = self.stack.processes[self.fault.target]
        pid = process.pid
        if pid is None or not _waits_for(pid, signal.SIGUSR2):
            return None
        begin = process.log.stat().st_size
        process.signal(signal.SIGUSR2)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with open(process.log, "rb") as log:
                log.seek(begin)
                said = log.read()
            if found := _DONE.search(said):
                successor = int(found[1])
                process.adopt(Adopted(successor, graveyard()))
                return {"pid": pid, "successor": successor, "ok": True}
            if _FAILED in said:
                break
            time.sleep(0.05)
        return {"pid": pid, "ok": False}


def _waits_for(pid: int, number: int) -> bool:
    """Whether the process catches that signal or waits for it: others would be ended by it."""
    fields = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith(("SigBlk", "SigCgt")))
    return any(int(mask, 16) >> (number - 1) & 1 for mask in fields.values())
