"""The one clock of a history: CLOCK_BOOTTIME, which nothing here jumps, in seconds."""

from __future__ import annotations

import time


def now() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
