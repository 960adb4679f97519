"""What operators do in the middle of the day: no faults, but jobs must survive them too."""

from __future__ import annotations

from .effect import Effect, NotYetError


class PausePool(Effect):
    """Nothing of the pool is offered until it is resumed."""

    def begin(self) -> dict[str, object] | None:
        answer = self.stack.operator.call(
            "pool", "pause", self.fault.target, "--reason", "the fault suite")
        return {"ok": answer.is_ok}

    def end(self) -> None:
        if not self.stack.operator.call("pool", "resume", self.fault.target).is_ok:
            raise NotYetError(f"the pool {self.fault.target} could not be resumed")


class DrainWorker(Effect):
    """A worker is drained and asked to start again."""

    def begin(self) -> dict[str, object] | None:
        name = self.fault.target
        ids = [worker for worker, other in self.stack.worker_ids.items() if other == name]
        process = self.stack.processes[name]
        pid = process.pid
        if not ids or pid is None:
            return None
        process.expect_end("drain")
        answer = self.stack.operator.call(
            "worker", "drain", ids[0], "--restart", "--reason", "the fault suite")
        return {"ok": answer.is_ok, "pid": pid}
