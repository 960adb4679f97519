"""The process that all packets between hosts go through.

Started as `python3 -m faultsuite.network.emulator SEED HOST...`. Commands come as JSON lines on
standard input and are answered on standard output; it ends when standard input does.
"""

from __future__ import annotations

import ipaddress
import json
import os
import select
import sys
import time

from .conditions import Conditions
from .host import make_hosts
from .router import Router
from .tun import open_tun

_BATCH = 64
"""Packets of one host before the others have their turn."""


class Emulator:
    """Files and clock around a `Router`."""

    def __init__(self, names: list[str], seed: int) -> None:
        hosts = make_hosts(names)
        self._tuns = {name: open_tun(host) for name, host in hosts.items()}
        self._names = {tun: name for name, tun in self._tuns.items()}
        addresses = {
            ipaddress.IPv4Address(host.address).packed: name for name, host in hosts.items()
        }
        self._router = Router(addresses, seed, self._send)
        self._input = b""

    def run(self) -> None:
        """Until standard input ends."""
        poll = select.epoll()
        poll.register(0, select.EPOLLIN)
        for tun in self._names:
            poll.register(tun, select.EPOLLIN)
        self._answer({"ok": True})
        while True:
            release = self._router.next_release()
            wait = -1.0 if release is None else max(0.0, release - time.monotonic())
            events = poll.poll(wait)
            now = time.monotonic()
            self._router.release(now)
            for file, _ in events:
                if file != 0:
                    self._forward(file)
                elif not self._obey():
                    return

    def _forward(self, tun: int) -> None:
        source = self._names[tun]
        for _ in range(_BATCH):
            try:
                packet = os.read(tun, 65536)
            except BlockingIOError:
                return
            self._router.receive(source, packet, time.monotonic())

    def _send(self, host: str, packet: bytes) -> None:
        try:
            os.write(self._tuns[host], packet)
        except OSError:
            # A full queue drops, as a router's does.
            pass

    def _obey(self) -> bool:
        """Reads commands; false at the end of standard input."""
        data = os.read(0, 65536)
        if not data:
            return False
        *lines, self._input = (self._input + data).split(b"\n")
        for line in lines:
            try:
                self._answer(self._perform(json.loads(line)))
            except (KeyError, TypeError, ValueError) as error:
                self._answer({"ok": False, "error": repr(error)})
        return True

    def _perform(self, command: dict[str, object]) -> dict[str, object]:
        match command["do"]:
            case "change":
                conditions = Conditions(**command["conditions"])  # type: ignore[arg-type]
                self._router.change(str(command["from"]), str(command["to"]), conditions)
            case "clear":
                self._router.clear()
            case "count":
                return {
                    "ok": True,
                    "directions": [
                        {"from": a, "to": b, "passed": d.passed, "dropped": d.dropped}
                        for (a, b), d in self._router.directions.items() if d.passed or d.dropped
                    ],
                }
            case other:
                raise ValueError(f"no command {other!r}")
        return {"ok": True}

    def _answer(self, answer: dict[str, object]) -> None:
        os.write(1, json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    Emulator(sys.argv[2:], int(sys.argv[1])).run()
