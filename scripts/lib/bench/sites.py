"""Where processes of a run are: all on the loopback, or on hosts of their own (network.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Site:
    """A host.

    Attributes:
        address: By which the others reach it.
        prefix: The beginning of a command that runs there; the process keeps its id.
    """

    address: str = "127.0.0.1"
    prefix: tuple[str, ...] = ()

    def command(self, command: Sequence[str | Path]) -> list[str | Path]:
        return [*self.prefix, *command]


LOOPBACK = Site()


@dataclass(frozen=True)
class Sites:
    """Attributes:
        gateway: Also of whatever is measured in the gateway's place.
    """

    gateway: Site = LOOPBACK
    worker: Site = LOOPBACK
    agent: Site = LOOPBACK


ON_LOOPBACK = Sites()
