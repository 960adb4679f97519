"""Takes packets between hosts and gives each to its direction; holds those that leave later."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from .conditions import Conditions
from .direction import Direction

Send = Callable[[str, bytes], None]


class Router:
    """No I/O of its own: `send` puts a packet on a host's link.

    Args:
        addresses: Host of each address, in the four bytes of an IPv4 header.
        seed: Of the random numbers of all directions.
    """

    def __init__(self, addresses: dict[bytes, str], seed: int, send: Send) -> None:
        self._addresses = addresses
        self._send = send
        self._held: list[tuple[float, int, str, str, bytes]] = []
        self._count = 0
        hosts = sorted(addresses.values())
        self.directions = {
            (source, target): Direction(f"{seed}/{source}/{target}")
            for source in hosts for target in hosts if source != target
        }

    def change(self, source: str, target: str, conditions: Conditions) -> None:
        """Raises KeyError for hosts that do not exist."""
        self.directions[source, target].change(conditions)

    def clear(self) -> None:
        """No faults anywhere."""
        for direction in self.directions.values():
            direction.change(Conditions())

    def receive(self, source: str, packet: bytes, now: float) -> None:
        """A packet that `source` has sent. What is not IPv4 between two hosts is dropped."""
        if len(packet) < 20 or packet[0] >> 4 != 4:
            return
        target = self._addresses.get(packet[16:20])
        if target is None or target == source:
            return
        direction = self.directions[source, target]
        release = direction.admit(len(packet), now)
        if release is None:
            return
        if release <= now:
            self._send(target, packet)
            return
        self._count += 1
        heapq.heappush(self._held, (release, self._count, source, target, packet))

    def next_release(self) -> float | None:
        """When `release` has something to do; None: not before another packet."""
        return self._held[0][0] if self._held else None

    def release(self, now: float) -> None:
        """Sends what has been held for long enough."""
        while self._held and self._held[0][0] <= now:
            _, _, source, target, packet = heapq.heappop(self._held)
            self.directions[source, target].released(len(packet))
            self._send(target, packet)
