"""What each kind of fault does."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..processes.keeper import Keeper
from ..processes.stack import Stack
from .schedule import Fault


class NotYetError(Exception):
    """An effect cannot be ended now, because of another one."""


class Effect(ABC):
    """Begun once and ended once."""

    def __init__(self, stack: Stack, keeper: Keeper, fault: Fault) -> None:
        self.stack = stack
        self.keeper = keeper
        self.fault = fault

    @abstractmethod
    def begin(self) -> dict[str, object] | None:
        """What is worth recording of it; None where there was nothing to do it to."""

    def end(self) -> None:
        """Puts everything back. Raises NotYetError where that is to be tried again."""
