"""Hosts that are far from each other: network namespaces, whose packets tools/delay.py holds back.

Nothing has a name on this machine, and everything goes with the processes that hold it, whatever
ends them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from . import processes
from .processes import Service
from .sites import Site, Sites
from .tools.delay import MTU

NAMES = ("gateway", "worker", "agent")
CONNECT = """
import socket, sys, time
begin = time.monotonic()
socket.create_connection((sys.argv[1], int(sys.argv[2]))).close()
print(time.monotonic() - begin)
"""


class NotPermitted(Exception):
    """This machine or user may not make such hosts."""


class Network:
    """Three hosts; each packet between two of them arrives `delay` seconds after it was sent."""

    def __init__(self, folder: Path, delay: float) -> None:
        self.delay = delay
        self._stack = ExitStack()
        self._folder = folder
        try:
            self._hosts = {name: self._host(name) for name in NAMES}
            self._link()
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Sites:
        return Sites(**self._hosts)

    def __exit__(self, *_) -> None:
        self._stack.close()

    def _host(self, name: str) -> Site:
        """A namespace that lives as long as the process that was born in it."""
        keeper = Service(
            ["unshare", "--net", "--", "bash", "-c",
             "ip link set lo up && echo ready && exec sleep infinity"],
            self._folder / f"host-{name}.log")
        self._stack.callback(keeper.stop)
        try:
            keeper.wait_for_line("ready")
        except RuntimeError as error:
            raise NotPermitted(f"no network namespace: {keeper.log.read_text().strip()}") from error
        return Site(f"10.78.0.{NAMES.index(name) + 1}",
                    ("nsenter", f"--net=/proc/{keeper.pid}/ns/net", "--"))

    def _link(self) -> None:
        if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
            raise NotPermitted("there is no /dev/net/tun, or this user may not use it")
        words = [f"{host.address}={host.prefix[1].removeprefix('--net=')}"
                 for host in self._hosts.values()]
        link = Service(
            [sys.executable, "-m", "bench.tools.delay", str(self.delay), *words],
            self._folder / "delay.log")
        self._stack.callback(link.stop)
        try:
            link.wait_for_line("ready")
        except RuntimeError as error:
            raise NotPermitted(f"no links: {link.log.read_text().strip()[-500:]}") from error
        for host in self._hosts.values():
            for command in (
                    ["ip", "addr", "add", f"{host.address}/24", "dev", "link0"],
                    ["ip", "link", "set", "link0", "mtu", str(MTU), "txqueuelen", "1000", "up"]):
                subprocess.run(list(map(str, host.command(command))), check=True)


def round_trip(source: Site, target: Site, port: int) -> float:
    """Seconds for a TCP connection to be there, which is a round trip; the least of five."""
    command = source.command([sys.executable, "-c", CONNECT, target.address, str(port)])
    return min(float(processes.run(command)[0]) for _ in range(5))
