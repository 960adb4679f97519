"""What is measured: figures with a direction and a bound, samples of them, and their statistics."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from .processes import Usage


@dataclass(frozen=True)
class Figure:
    """One number of a sample, as it is compared.

    Attributes:
        direction: "higher" or "lower", whichever is better.
        at_least, at_most: What ours divided by the peer's is to be, where something is asked; of a
            figure without a peer, what it is to be itself.
    """

    name: str
    unit: str
    direction: str
    at_least: float | None = None
    at_most: float | None = None

    def met(self, value: float) -> bool | None:
        """Whether the bound is kept; None where there is none."""
        if self.at_least is not None and value < self.at_least:
            return False
        if self.at_most is not None and value > self.at_most:
            return False
        return None if self.at_least is None and self.at_most is None else True

    @property
    def bound(self) -> str:
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return f"<= {self.at_most:g}" if self.at_most is not None else ""


@dataclass
class Sample:
    """What one side gave in one round.

    Attributes:
        values: By the name of the figure.
        processes: What each process that took part has cost in this round.
        facts: Bytes, connections, message sizes: what was done.
    """

    values: dict[str, float]
    processes: dict[str, Usage] = field(default_factory=dict)
    facts: dict[str, float | str] = field(default_factory=dict)


def spread(values: Sequence[float]) -> list[float]:
    """Smallest and greatest."""
    return [min(values), max(values)]


def quantile(values: Sequence[float], q: float) -> float:
    """The smallest value that at least the share `q` of all values does not exceed."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * q // 1))
    return ordered[min(len(ordered), int(rank)) - 1]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
