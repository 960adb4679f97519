"""Thousands of TLS clients that come back at once: see scripts/crowd."""

from __future__ import annotations

import argparse
import heapq
import random
import selectors
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path

from bench.stack import Stack

HANDSHAKE_SECONDS = 10.0
"""As long as a worker waits; then it backs off."""

LONGEST_SECONDS = 300.0

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
"""RFC 9113, section 3.4: the client's preface, and empty SETTINGS."""


@dataclass
class Peer:
    """One that comes back, from an address of its own, until it has the server's SETTINGS."""

    number: int
    socket: socket.socket | None = None
    step: str = "connect"
    ceiling: float = 0.5

    @property
    def address(self) -> str:
        return f"127.{1 + self.number // 62_500}.{self.number // 250 % 250}.{1 + self.number % 250}"


class Crowd:
    """All peers on one thread, so that what they cost does not depend on how many they are."""

    def __init__(self, count: int, port: int, context: ssl.SSLContext) -> None:
        self._port = port
        self._context = context
        self._selector = selectors.DefaultSelector()
        self._peers = [Peer(number) for number in range(count)]
        self._waiting: list[tuple[float, int]] = []
        """Peers that dial again at a time."""
        self._dialled: deque[tuple[float, int, int]] = deque()
        """When which dial of whom is too late; in the order of the dials."""
        self._dials = [0] * count
        self.begin = 0.0
        self.admitted: list[float] = []
        self.attempts = 0

    def run(self) -> None:
        """Until every peer is in."""
        self.begin = time.monotonic()
        for peer in self._peers:
            self._dial(peer)
        while len(self.admitted) < len(self._peers):
            if time.monotonic() - self.begin > LONGEST_SECONDS:
                raise RuntimeError(
                    f"{len(self.admitted)} of {len(self._peers)} admitted in {LONGEST_SECONDS:g} s")
            for key, _ in self._selector.select(0.05):
                self._go_on(key.data)
            moment = time.monotonic()
            while self._dialled and self._dialled[0][0] <= moment:
                _, number, dial = self._dialled.popleft()
                if self._dials[number] == dial and self._peers[number].step not in (
                        "done", "wait"):
                    self._back_off(self._peers[number])
            while self._waiting and self._waiting[0][0] <= moment:
                self._dial(self._peers[heapq.heappop(self._waiting)[1]])

    def leave(self) -> None:
        for peer in self._peers:
            if peer.socket:
                peer.socket.close()

    def _dial(self, peer: Peer) -> None:
        self.attempts += 1
        self._dials[peer.number] += 1
        self._dialled.append(
            (time.monotonic() + HANDSHAKE_SECONDS, peer.number, self._dials[peer.number]))
        raw = socket.socket()
        raw.setblocking(False)
        raw.bind((peer.address, 0))
        raw.connect_ex(("127.0.0.1", self._port))
        peer.socket = raw
        peer.step = "connect"
        self._selector.register(raw, selectors.EVENT_WRITE, peer)

    def _go_on(self, peer: Peer) -> None:
        assert peer.socket
        try:
            if peer.step == "connect":
                self._selector.unregister(peer.socket)
                peer.socket = self._context.wrap_socket(
                    peer.socket, server_hostname="localhost", do_handshake_on_connect=False)
                self._selector.register(peer.socket, selectors.EVENT_READ, peer)
                peer.step = "handshake"
            if peer.step == "handshake":
                assert isinstance(peer.socket, ssl.SSLSocket)
                peer.socket.do_handshake()
                peer.socket.send(PREFACE)
                peer.step = "settings"
            if len(peer.socket.recv(9)) < 9:
                raise OSError("closed")
        except ssl.SSLWantReadError:
            self._selector.modify(peer.socket, selectors.EVENT_READ, peer)
        except ssl.SSLWantWriteError:
            self._selector.modify(peer.socket, selectors.EVENT_WRITE, peer)
        except OSError:
            self._back_off(peer)
        else:
            self._selector.unregister(peer.socket)
            peer.step = "done"
            self.admitted.append(time.monotonic() - self.begin)

    def _back_off(self, peer: Peer) -> None:
        """As a worker does: full jitter, doubled each time."""
        assert peer.socket
        if peer.socket.fileno() >= 0:
            self._selector.unregister(peer.socket)
        peer.socket.close()
        peer.socket = None
        peer.step = "wait"
        heapq.heappush(
            self._waiting, (time.monotonic() + random.uniform(0, peer.ceiling), peer.number))
        peer.ceiling = min(2 * peer.ceiling, 30.0)


def silent_sockets(count: int, port: int) -> list[socket.socket]:
    """Connected, all of one address, and without a word. Those that do not fit are left out."""
    sockets = []
    for _ in range(count):
        one = socket.socket()
        one.setblocking(False)
        one.bind(("127.0.0.2", 0))
        one.connect_ex(("127.0.0.1", port))
        sockets.append(one)
    return sockets


def resident(pid: int) -> str:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(line.split(":")[1].strip() for line in status.splitlines() if "VmRSS" in line)


def measure(
    options: argparse.Namespace, port: int, context: ssl.SSLContext, submit: list[str],
    environment: dict[str, str], gateway: int
) -> bool:
    """Prints what happens; whether all is well."""
    silent = silent_sockets(options.silent, port)
    crowd = Crowd(options.connections, port, context)
    job_seconds: list[float] = []
    status: list[int] = []

    def run_job() -> None:
        begin = time.monotonic()
        status.append(subprocess.run(
            submit, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            check=False).returncode)
        job_seconds.append(time.monotonic() - begin)

    job = threading.Thread(target=run_job)
    job.start()
    crowd.run()
    job.join()
    for second, count in sorted(Counter(int(moment) for moment in crowd.admitted).items()):
        print(f"second {second + 1:3}: {count:5} admitted")
    print(
        f"crowd: {len(crowd.admitted)} of {options.connections} admitted in "
        f"{max(crowd.admitted):.1f} s, {crowd.attempts} connections made; a job submitted meanwhile "
        f"ended after {job_seconds[0]:.1f} s with exit code {status[0]}; the gateway holds "
        f"{resident(gateway)}")
    crowd.leave()
    for one in silent:
        one.close()
    return status == [0]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--silent", type=int, default=2_000)
    parser.add_argument("stack")
    parser.add_argument("bin")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="sallyport-crowd."))
    stack = Stack(options.stack, options.bin, folder)
    try:
        gateway, agents, _, endpoint, directory = stack.ask("gateway")
        stack.ask("trust-root")
        stack.ask("worker", "worker-1")
        identity = folder / "worker-1" / "identity"
        context = ssl.create_default_context(cafile=str(folder / "gateway" / "ca.pem"))
        context.set_alpn_protocols(["h2"])
        context.load_cert_chain(str(identity / "certificate.pem"), str(identity / "key.pem"))
        environment = {
            "SALLYPORT_OPERATOR_DIR": directory, "SALLYPORT_OPERATOR_GATEWAY_ENDPOINT": endpoint}
        submit = [
            f"{options.bin}/sallyport", "job", "submit", "--pool", "builders", "--follow", "--", "true"]
        good = measure(
            options, int(agents.rpartition(":")[2]), context, submit, environment, int(gateway))
        return 0 if good else 1
    finally:
        stack.end()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
