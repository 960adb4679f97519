"""One direction of a link: decides when each packet leaves, if it does. No I/O, no clock."""

from __future__ import annotations

import random

from .conditions import Conditions

MAXIMUM_HELD_BYTES = 16 * 1024 * 1024
"""What one direction holds back at once; more is dropped, as a router's full queue does."""


class Direction:
    """Its random numbers are its own, so that one direction's packets do not change another's."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._conditions = Conditions()
        self._last_release = 0.0
        self.held_bytes = 0
        self.passed = 0
        self.dropped = 0

    @property
    def conditions(self) -> Conditions:
        return self._conditions

    def change(self, conditions: Conditions) -> None:
        """Packets that are held already leave when they would have."""
        self._conditions = conditions

    def admit(self, size: int, now: float) -> float | None:
        """When a packet of `size` bytes leaves; `now` or earlier: at once; None: never."""
        conditions = self._conditions
        if conditions.cut or (conditions.loss and self._random.random() < conditions.loss):
            self.dropped += 1
            return None
        release = now + conditions.delay
        if conditions.jitter:
            release += self._random.random() * conditions.jitter
        if conditions.reorder and self._random.random() < conditions.reorder:
            release += conditions.reorder_hold
        else:
            # Whatever the jitter was, only packets that are held for reordering are overtaken.
            release = max(release, min(self._last_release, now + 10.0))
            self._last_release = release
        if release > now:
            if self.held_bytes + size > MAXIMUM_HELD_BYTES:
                self.dropped += 1
                return None
            self.held_bytes += size
        self.passed += 1
        return release

    def released(self, size: int) -> None:
        """A packet that was held has left."""
        self.held_bytes -= size
