"""Numbers to places on an axis, and where its marks are."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """From numbers between `low` and `high` to places between `begin` and `end`."""

    low: float
    high: float
    begin: float
    end: float
    is_logarithmic: bool = False

    def place(self, number: float) -> float:
        low, high = self.low, self.high
        if self.is_logarithmic:
            number, low, high = math.log10(number), math.log10(low), math.log10(high)
        share = (number - low) / (high - low) if high > low else 0.5
        return self.begin + share * (self.end - self.begin)


def marks(high: float, count: int = 5) -> list[float]:
    """From 0 to at least `high`, about so many steps of 1, 2, 2.5 or 5 times a power of ten."""
    if high <= 0:
        return [0, 1]
    power = 10 ** math.floor(math.log10(high / count))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power * count >= high)
    return [round(step * number, 12) for number in range(math.ceil(round(high / step, 9)) + 1)]


def decades(low: float, high: float) -> list[float]:
    """Powers of ten around both."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [10.0 ** power for power in range(first, max(last, first + 1) + 1)]


def label(number: float) -> str:
    """As a reader writes it: 10,000; 0.25."""
    return f"{number:,.0f}" if abs(number) >= 1_000 else f"{number:.6g}"
