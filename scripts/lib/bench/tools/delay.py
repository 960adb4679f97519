"""Links between network namespaces, on which every packet takes a while.

    python3 -m bench.tools.delay SECONDS ADDRESS=NAMESPACE...

Does what `tc qdisc add ... netem delay` does at both ends of a link, where the kernel has no netem:
each host has a TUN device, `link0`, and what it sends to another's address is written to that
device SECONDS later, in its order. What is more than a queue's length is dropped.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import select
import socket
import struct
import sys
import time
from collections import deque

MTU = 9_000
"""Large, because each packet costs two system calls and some Python."""

MAXIMUM_HELD = 64 << 20
"""Bytes on the way from one host."""

BATCH = 64
"""Packets of one host before the others have their turn."""

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_CLONE_NEWNET = 0x40000000


class Line:
    """What one host has sent and nobody has received yet."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._held: deque[tuple[float, int, bytes]] = deque()
        self.held_bytes = 0
        self.dropped = 0

    def add(self, packet: bytes, target: int, now: float) -> None:
        if self.held_bytes + len(packet) > MAXIMUM_HELD:
            self.dropped += 1
            return
        self.held_bytes += len(packet)
        self._held.append((now + self._delay, target, packet))

    @property
    def next_release(self) -> float | None:
        return self._held[0][0] if self._held else None

    def take(self, now: float) -> tuple[int, bytes] | None:
        """The next packet that has been held for long enough, and where it goes."""
        if not self._held or self._held[0][0] > now:
            return None
        _, target, packet = self._held.popleft()
        self.held_bytes -= len(packet)
        return target, packet


def target_of(packet: bytes) -> bytes | None:
    """The four bytes of an IPv4 packet's destination."""
    return packet[16:20] if len(packet) >= 20 and packet[0] >> 4 == 4 else None


def open_tun(namespace: str) -> int:
    """Makes `link0` there; it lives as long as the file."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net") as own, open(namespace) as other:
        for file in (other, own):
            if file is own:
                tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
                request = struct.pack("16sH22x", b"link0", _IFF_TUN | _IFF_NO_PI)
                fcntl.ioctl(tun, _TUNSETIFF, request)
            # setns(2), which Python has from 3.12 on.
            if libc.setns(file.fileno(), _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
    return tun


def carry(tuns: dict[bytes, int], delay: float) -> None:
    """Until this process is ended. `tuns`: by address."""
    lines = {tun: Line(delay) for tun in tuns.values()}
    poll = select.epoll()
    for tun in lines:
        poll.register(tun, select.EPOLLIN)
    while True:
        releases = [line.next_release for line in lines.values() if line.next_release]
        wait = max(0.0, min(releases) - time.monotonic()) if releases else -1
        for tun, _ in poll.poll(wait):
            _receive(tun, lines[tun], tuns)
        now = time.monotonic()
        for line in lines.values():
            while ready := line.take(now):
                try:
                    os.write(*ready)
                except OSError:
                    # A full queue drops, as a router's does.
                    line.dropped += 1


def _receive(tun: int, line: Line, tuns: dict[bytes, int]) -> None:
    for _ in range(BATCH):
        try:
            packet = os.read(tun, 65_536)
        except BlockingIOError:
            return
        target = tuns.get(target_of(packet) or b"")
        if target is not None and target != tun:
            line.add(packet, target, time.monotonic())


def main() -> None:
    places = dict(word.split("=", 1) for word in sys.argv[2:])
    tuns = {socket.inet_aton(address): open_tun(place) for address, place in places.items()}
    print("ready", flush=True)
    carry(tuns, float(sys.argv[1]))


if __name__ == "__main__":
    main()
