"""What a series shows: values over a number that the names of sides begin with."""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """Attributes:
        value: The median of the rounds.
        low, high: Their least and greatest.
    """

    x: float
    value: float
    low: float
    high: float


def points(records: list[dict], pattern: str) -> list[Point]:
    """Of the records whose names match, by ascending number: `64 relays` is 64, for ours as for the
    peer. Where a number was measured in several comparisons, their median."""
    found: dict[float, list[tuple[float, float, float]]] = {}
    for record in records:
        if not re.fullmatch(pattern, record["name"]):
            continue
        for side in ("ours", "peer"):
            number = re.match(r"\d+(?= )", record[f"{side}_name"] or "")
            if number and record[side] is not None:
                low, high = record["spread"][side]
                found.setdefault(int(number[0]), []).append((record[side], low, high))
    # Ours is in the records of all its peers.
    return [
        Point(x, statistics.median(one[0] for one in values), min(one[1] for one in values),
              max(one[2] for one in values))
        for x, values in sorted(found.items())]
