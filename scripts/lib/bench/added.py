"""What one kind of jobs takes more than another: `python3 -m bench.added WITHOUT WITH`.

Each file has one duration in milliseconds per line, in the order of the jobs; the two kinds ran in
turn, in batches. The interval is that of a bootstrap over pairs of the same place, so that what
disturbs the machine for a while disturbs both sides of a resample.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .figures import median, quantile

RESAMPLES = 4_000
Pairs = Sequence[tuple[float, float]]


def p99(values: Sequence[float]) -> float:
    return quantile(values, 0.99)


def added(pairs: Pairs, statistic: Callable[[Sequence[float]], float]) -> float:
    return statistic([pair[1] for pair in pairs]) - statistic([pair[0] for pair in pairs])


def interval(
    pairs: Pairs, statistic: Callable[[Sequence[float]], float], *, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """The bounds between which 95 of 100 resamples lie; the same for the same pairs."""
    chance = random.Random(1)
    found = [added(chance.choices(pairs, k=len(pairs)), statistic) for _ in range(resamples)]
    return quantile(found, 0.025), quantile(found, 0.975)


def describe(pairs: Pairs) -> str:
    parts = []
    for name, statistic in (("p50", median), ("p99", p99)):
        low, high = interval(pairs, statistic)
        parts.append(f"{name} {added(pairs, statistic):.3f} ms (95 %: {low:.3f} to {high:.3f})")
    return f"{', '.join(parts)}; {len(pairs)} pairs"


def read(path: str) -> list[float]:
    return [float(line) for line in Path(path).read_text().split()]


if __name__ == "__main__":
    print(describe(list(zip(read(sys.argv[1]), read(sys.argv[2])))))
