"""Faults of a host's wall clock."""

from __future__ import annotations

from .effect import Effect


class ClockJump(Effect):
    """The wall clock jumps, forwards or backwards, and later jumps back."""

    def begin(self) -> dict[str, object] | None:
        self.stack.clocks.set(self.fault.target, int(str(self.fault.detail["seconds"])))
        return {}

    def end(self) -> None:
        self.stack.clocks.set(self.fault.target, 0)
