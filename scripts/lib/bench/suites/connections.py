"""What connections cost the gateway: memory while idle and with a session, handshakes, and how
thousands of sessions come back after a `kill -9`; HAProxy beside it where it does the same."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .. import pki, processes
from ..bench import Bench, Suite, free_port
from ..figures import Figure, Sample
from ..peers import haproxy
from ..processes import Service, resident_kib

ROOMY = {
    "SALLYPORT_GATEWAY_LISTEN_HANDSHAKES_PER_SECOND": "100000",
    "SALLYPORT_GATEWAY_LOG_LEVEL": "error",
}
"""The gateway as it comes, but for how many handshakes it lets begin, and its log."""

USES_OF_A_TOKEN = 1_000
"""At most."""


class Crowd:
    """Benchmarks/bench-crowd: a line in, a line out."""

    def __init__(self, bench: Bench, name: str, *arguments: str | Path) -> None:
        self.service: Service = bench.start(
            name, [bench.benchmarks / "bench-crowd", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def tell(self, line: str) -> None:
        assert self.service.process.stdin
        self.service.process.stdin.write(line + "\n")

    def answer(self) -> dict:
        assert self.service.process.stdout
        if not (line := self.service.process.stdout.readline()):
            raise RuntimeError(f"bench-crowd has ended: {self.service.log.read_text()[-1000:]}")
        return json.loads(line)

    def ask(self, line: str) -> dict:
        self.tell(line)
        return self.answer()


class Gateway:
    """A gateway with a pool, and an enrolled worker's certificate."""

    def __init__(self, bench: Bench, name: str = "stack") -> None:
        self._bench = bench
        self.stack = bench.start_stack(name, **ROOMY)
        pid, agents, enroll, self.endpoint, self.operator = self.stack.ask("gateway")
        self.pid = int(pid)
        self.port = int(agents.rpartition(":")[2])
        self.enroll_port = int(enroll.rpartition(":")[2])
        self.stack.ask("trust-root")
        self.stack.sallyport("pool", "create", "--kind", "worker", "crowd")
        self.stack.ask("enroll", "worker", "worker-1", "crowd")
        state = self.stack.folder / "worker-1/identity"
        self.identities = pki.convert(
            bench.folder / "worker-1", "client", self.stack.folder / "gateway/ca.pem",
            state / "certificate.pem", state / "key.pem")

    def crowd(self, workers: int) -> Crowd:
        """With so many identities."""
        crowd = Crowd(
            self._bench, "sessions", "sessions", "--port", str(self.port),
            "--enroll-port", str(self.enroll_port), "--ca", self.identities)
        for number in range(0, workers, USES_OF_A_TOKEN):
            token = self.stack.folder / f"token-{uuid.uuid4().hex}"
            uses = min(USES_OF_A_TOKEN, workers - number)
            self.stack.sallyport("token", "create", "--pool", "crowd", "--uses", str(uses),
                                 "--token-file", str(token))
            crowd.ask(f"enroll {uses} {token}")
        return crowd

    def kill(self) -> None:
        """SIGKILL, and a new one on the same ports at once."""
        self.stack.ask("kill", str(self.pid))
        self.pid = int(self.stack.ask("start-gateway")[0])


def settled_kib(pid: int) -> int:
    """Memory once it does not change by more than 1 % in half a second; at most 5 s."""
    last = resident_kib(pid)
    for _ in range(10):
        time.sleep(0.5)
        now = resident_kib(pid)
        if abs(now - last) <= last // 100:
            break
        last = now
    return now


def growth(pid: int, connect: Callable[[], dict], count: int) -> Sample:
    """What each of `count` connections adds to the memory of a process."""
    before_cost, before = processes.usage(pid), settled_kib(pid)
    connect()
    after = settled_kib(pid)
    return Sample(
        {"memory": (after - before) / count}, {"server": processes.usage(pid).since(before_cost)},
        {"connections": count, "before_kib": before, "after_kib": after})


def idle(bench: Bench, name: str, port: int, identities: Path, pid: int, count: int) -> Sample:
    """Memory of idle connections to a server that was started for this."""
    crowd = Crowd(bench, name, "idle", "--port", str(port), "--identities", identities)
    # The first connections are what makes it load and allocate what it does once.
    crowd.ask("50")
    sample = growth(pid, lambda: crowd.ask(str(count)), count)
    crowd.service.stop()
    return sample


def start_haproxy(bench: Bench, identities: Path, port: int) -> Service:
    proxy = haproxy.start(bench, f"haproxy-{port}", f"""
frontend f
  mode http
  bind 127.0.0.1:{port} ssl crt {identities}/server.both.pem ca-file {identities}/ca.pem verify required alpn h2
  default_backend b
backend b
  mode http
  server s 127.0.0.1:1
""")
    proxy.wait_for_port(port)
    return proxy


def handshakes(port: int, identities: Path, pid: int, seconds: float, resume: bool) -> Sample:
    """Two clients, each as fast as it can; what a handshake costs the server."""
    command = [sys.executable, "-m", "bench.tools.handshakes", str(port), identities,
               str(seconds), *(["--resume"] if resume else [])]
    before = processes.usage(pid)
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: processes.run(command), range(2)))
    cost = processes.usage(pid).since(before)
    printed = [json.loads(output) for output, _, _ in runs]
    count = sum(one["handshakes"] for one in printed)
    resumed = sum(one["resumed"] for one in printed)
    return Sample(
        {
            "rate": sum(one["handshakes"] / one["seconds"] for one in printed),
            "cpu": cost.cpu_seconds / count * 1e6, "resumed": resumed / count,
        },
        {"server": cost, "client 1": runs[0][2], "client 2": runs[1][2]},
        {"connections": count, "resumed": resumed})


def measure_memory(bench: Bench, gateway: Gateway, identities: Path) -> None:
    count = bench.scale(2_000, 500)
    rounds = bench.scale(3, 2)

    def ours_idle() -> Sample:
        gateway.kill()
        return idle(bench, "idle-ours", gateway.port, gateway.identities, gateway.pid, count)

    def ours_sessions() -> Sample:
        gateway.kill()
        crowd = gateway.crowd(count + 50)
        crowd.ask("open 50")
        sample = growth(gateway.pid, lambda: crowd.ask(f"open {count}"), count)
        crowd.service.stop()
        return sample

    def peer() -> Sample:
        port = free_port()
        proxy = start_haproxy(bench, identities, port)
        sample = idle(bench, "idle-haproxy", port, identities, proxy.pid, count)
        proxy.stop()
        return sample

    for name, ours, bound in (("idle", ours_idle, 1.2), ("session", ours_sessions, 2)):
        bench.compare(
            name, [Figure("memory", "KiB/connection", "lower", at_most=bound)], ours,
            {"HAProxy, idle": peer}, rounds=rounds, warm_up=False)


def measure_return(bench: Bench, gateway: Gateway, count: int) -> None:
    """Sessions of so many workers, and all of them again after the gateway was killed."""
    crowd = gateway.crowd(count)

    def hold_and_return() -> Sample:
        opened = crowd.ask(f"open {count}")
        held = settled_kib(gateway.pid)
        crowd.tell("return")
        gateway.kill()
        back = crowd.answer()
        return Sample(
            {"memory": held / 1024, "memory-after": settled_kib(gateway.pid) / 1024,
             "return": back["seconds"], "missing": count - back["connections"]},
            {"gateway": processes.usage(gateway.pid), "workers": crowd.service.usage()},
            {"connections": count, "open_seconds": opened["seconds"]})

    bench.compare(
        "return",
        [Figure("memory", "MiB", "lower", at_most=400), Figure("memory-after", "MiB", "lower"),
         Figure("return", "s", "lower"),
         Figure("missing", "sessions", "lower", at_most=0)],
        hold_and_return, rounds=bench.scale(3, 2), warm_up=False)
    crowd.service.stop()


def measure_handshakes(bench: Bench, gateway: Gateway, identities: Path) -> None:
    seconds = bench.scale(5, 1)
    port = free_port()
    proxy = start_haproxy(bench, identities, port)
    client = gateway.stack.folder / "worker-1/identity"
    ours_identities = bench.folder / "worker-1"
    for name, source in (("ca.pem", gateway.stack.folder / "gateway/ca.pem"),
                         ("client.pem", client / "certificate.pem"),
                         ("client.key.pem", client / "key.pem")):
        (ours_identities / name).write_bytes(source.read_bytes())
    for name, resume in (("full", False), ("resumed", True)):
        figures = [Figure("rate", "handshakes/s", "higher", at_least=0.9),
                   Figure("cpu", "CPU-us/handshake", "lower")]
        if resume:
            figures.append(Figure("resumed", "share", "higher", at_least=0.99))
        bench.compare(
            f"handshakes-{name}", figures,
            lambda: handshakes(gateway.port, ours_identities, gateway.pid, seconds, resume),
            {"HAProxy": lambda: handshakes(port, identities, proxy.pid, seconds, resume)})
    proxy.stop()


def measure(bench: Bench) -> None:
    count = bench.scale(10_000, 1_000)
    gateway = Gateway(bench)
    identities = pki.make(bench.folder / "identities")
    if bench.wants("handshakes-full", "handshakes-resumed"):
        measure_handshakes(bench, gateway, identities)
    if bench.wants("idle", "session"):
        measure_memory(bench, gateway, identities)
    if bench.wants("return"):
        measure_return(bench, gateway, count)


SUITE = Suite(
    name="connections", summary="memory, handshakes and the return of sessions beside HAProxy",
    run=measure,
    comparisons=("idle", "session", "return", "handshakes-full", "handshakes-resumed"),
    debian=("openssl", "libssl-dev", "libnghttp2-dev", "pkg-config", "haproxy"),
    products=("bench-crowd",), uses_executables=True)
