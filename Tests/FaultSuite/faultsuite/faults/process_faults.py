"""Faults that end or stop a process."""

from __future__ import annotations

import os
import signal

from ..processes import settings
from ..processes.census import children, resources, supervisors
from .effect import Effect

STOP_SECONDS = {
    "gateway": settings.GATEWAY_GRACE_SECONDS + 15.0, "agent": settings.AGENT_DRAIN_SECONDS + 15.0,
    "worker": 180.0}
"""How long a process that is asked to end may take: a worker, as long as its longest job."""


class Kill(Effect):
    """SIGKILL, and a new start later."""

    def begin(self) -> dict[str, object] | None:
        process = self.stack.processes[self.fault.target]
        pid = process.pid
        if pid is None:
            return None
        self.keeper.hold(self.fault.target)
        process.kill()
        return {"pid": pid}

    def end(self) -> None:
        self.keeper.release(self.fault.target)


class KillSupervisor(Effect):
    """SIGKILL to the process that supervises one of a worker's jobs."""

    def begin(self) -> dict[str, object] | None:
        worker = self.stack.processes[self.fault.target].pid
        victims = sorted(supervisors(worker)) if worker is not None else []
        if not victims:
            return None
        choice = float(str(self.fault.detail["choice"]))
        victim = victims[int(choice * len(victims))]
        grandchildren = children(victim)
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            return None
        return {"pid": victim, "commands": grandchildren}


class Stop(Effect):
    """SIGSTOP, and SIGCONT later. Its jobs and their supervisors go on."""

    def begin(self) -> dict[str, object] | None:
        process = self.stack.processes[self.fault.target]
        pid = process.pid
        if pid is None or resources(pid) is None:
            return None
        process.signal(signal.SIGSTOP)
        return {"pid": pid}

    def end(self) -> None:
        self.stack.processes[self.fault.target].signal(signal.SIGCONT)


class Restart(Effect):
    """SIGTERM, and a new start as soon as the process has ended, as `systemctl restart` does."""

    def begin(self) -> dict[str, object] | None:
        process = self.stack.processes[self.fault.target]
        pid = process.pid
        if pid is None:
            return None
        process.expect_end("stop")
        process.signal(signal.SIGTERM)
        return {"pid": pid}
