"""Bytes from a VCS agent to a worker through the gateway, beside OpenSSH and HAProxy.

Worker and agent are Benchmarks/bench-relay: sessions and relays by the library that the real ones
use, without jobs and Git. The gateway is the release executable.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .. import pki, processes
from ..bench import Bench, Suite
from ..dispatch.side import QUEUE, STAGES, Side, sallyport_client
from ..figures import Figure, Sample
from ..peers.haproxy import Reencrypting
from ..peers.ssh import SSHRelay
from ..processes import Service, Usage
from ..sites import ON_LOOPBACK, Sites
from ..stack import Stack


class Gateway:
    """The gateway, and a pair of worker and agent for each of: `raw`, the outer mTLS alone; `sealed`,
    TLS within TLS; and `apart`, like `raw`, but they have the CPU time that nobody else wants."""

    def __init__(self, bench: Bench, sites: Sites = ON_LOOPBACK) -> None:
        self._bench = bench
        self.sites = sites
        self._stack = bench.start_stack(
            site=sites.gateway, SALLYPORT_GATEWAY_RELAYS_MAXIMUM_PER_JOB="1024")
        pid, agents, _, self._endpoint, self._operator = self._stack.ask("gateway")
        self.pid = int(pid)
        self.port = agents.rpartition(":")[2]
        self._stack.ask("trust-root")
        self._pairs: dict[str, Pair] = {}

    def client(self) -> Side:
        """Submits jobs to a pool that nobody works for."""
        self._stack.sallyport("pool", "create", "--kind", "worker", QUEUE)
        return sallyport_client(
            self._bench, "client", self._operator, self._endpoint, {"gateway": self.pid})

    def dispatch(self) -> Side:
        """A real worker, and a client that submits jobs to it."""
        worker = int(self._stack.ask("worker", "worker-1")[0])
        return sallyport_client(
            self._bench, "dispatch", self._operator, self._endpoint,
            {"gateway": self.pid, "worker": worker})

    def pair(self, kind: str) -> Pair:
        if kind not in self._pairs:
            self._pairs[kind] = Pair(self._bench, self._stack, self, kind)
        return self._pairs[kind]


class Pair:
    """A worker with a job that names its agent's pool."""

    def __init__(self, bench: Bench, stack: Stack, gateway: Gateway, kind: str) -> None:
        self._gateway = gateway
        workers, agents = f"workers-{kind}", f"agents-{kind}"
        stack.sallyport("pool", "create", "--kind", "vcs", agents)
        stack.sallyport("pool", "create", "--kind", "worker", workers)
        self._agent = self._start(bench, stack, "vcs-agent", agents, kind)
        self._agent.wait_for_line("session open")
        self._worker = self._start(
            bench, stack, "worker", workers, kind, "--pool", agents,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self._expect("session open")
        stack.sallyport("job", "submit", "--pool", workers, "--repo", f"{agents}:bench/none.git",
                        "--ref", "refs/heads/main", "--", "true")
        self._expect("job accepted")
        if kind == "apart":
            processes.yield_to_others(self._agent.pid)
            processes.yield_to_others(self._worker.pid)

    def _start(
        self, bench: Bench, stack: Stack, role: str, pool: str, kind: str, *more: str, **options
    ) -> Service:
        name = f"{role}-{kind}"
        sites = self._gateway.sites
        site = sites.agent if role == "vcs-agent" else sites.worker
        stack.ask("enroll", role, name, pool)
        state = stack.folder / name
        outer = pki.convert(
            bench.folder / f"{name}-outer", "client", stack.folder / "gateway/ca.pem",
            state / "identity/certificate.pem", state / "identity/key.pem")
        command: list[str | Path] = [
            bench.benchmarks / "bench-relay", "agent" if role == "vcs-agent" else role,
            "--host", sites.gateway.address, "--port", self._gateway.port, "--identities", outer,
            *more]
        if kind == "sealed":
            command += ["--inner", pki.convert(
                bench.folder / f"{name}-inner", "server" if role == "vcs-agent" else "client",
                state / "trust/root.pem", state / "trust/certificate.pem",
                state / "trust/key.pem")]
        return bench.start(name, site.command(command), **options)

    def _expect(self, line: str) -> None:
        assert self._worker.process.stdout
        if (found := self._worker.process.stdout.readline().strip()) != line:
            raise RuntimeError(f"the worker said {found!r}, not {line!r}")

    def ask(self, relays: int, each: int) -> dict:
        """So many relays at once, so many bytes in each."""
        worker = self._worker.process
        assert worker.stdin and worker.stdout
        worker.stdin.write(f"{relays} {each}\n")
        if not (line := worker.stdout.readline()):
            raise RuntimeError(f"the worker has ended: {self._worker.log.read_text()[-1000:]}")
        return json.loads(line)

    def fetch(self, relays: int, total: int) -> Sample:
        """So many relays at once, which carry `total` together."""
        pids = {"gateway": self._gateway.pid, "agent": self._agent.pid, "worker": self._worker.pid}
        for pid in pids.values():
            processes.reset_peak(pid)
        before = {name: processes.usage(pid) for name, pid in pids.items()}
        printed = self.ask(relays, total // relays)
        costs: dict[str, Usage] = {
            name: processes.usage(pid).since(before[name]) for name, pid in pids.items()}
        gigabytes = printed["bytes"] / 1e9
        return Sample(
            {
                "throughput": gigabytes / printed["seconds"],
                "gateway-cpu": costs["gateway"].cpu_seconds / gigabytes,
                "unevenness": printed["slowest_seconds"] / printed["fastest_seconds"],
            }, costs, {"bytes": printed["bytes"], "relays": relays, "connections": 2})


def proxied(peer: Reencrypting, size: int) -> Sample:
    """One download through HAProxy by nghttp2's h2load."""
    url = peer.document(size)
    before = peer.proxy.usage(), peer.origin.usage()
    output, seconds, client = processes.run(["h2load", "-n1", "-c1", "-t1", url])
    if "1 succeeded" not in output:
        raise RuntimeError(f"h2load: {output}")
    cost = peer.proxy.usage().since(before[0])
    return Sample(
        {"throughput": size / 1e9 / seconds, "gateway-cpu": cost.cpu_seconds / (size / 1e9)},
        {"haproxy": cost, "nghttpd": peer.origin.usage().since(before[1]), "h2load": client},
        {"bytes": size, "connections": 2})


class Load:
    """Relays that go on while something else is measured."""

    def __init__(self) -> None:
        self.bytes, self.seconds = 0, 0.0

    def add(self, printed: dict) -> None:
        self.bytes += printed["bytes"]
        self.seconds += printed["seconds"]

    @property
    def throughput(self) -> float:
        """GB/s."""
        return self.bytes / 1e9 / self.seconds


@contextlib.contextmanager
def flat_out(pair: Pair, relays: int, each: int) -> Iterator[Load]:
    """So many relays at once, again and again; what they have carried is known at the end."""
    enough, load = threading.Event(), Load()

    def go_on() -> None:
        while not enough.is_set():
            load.add(pair.ask(relays, each))

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(go_on)
        try:
            yield load
        finally:
            enough.set()
            running.result()


def measure_dispatch(bench: Bench, gateway: Gateway) -> None:
    """What jobs wait for while relays take all they can get: all that there is with their ends, which
    compete with the gateway, the job's worker and its client for the same cores; and what the gateway
    alone can get, as where the ends are on other machines."""
    client = gateway.dispatch()
    jobs = bench.scale(200, 20)
    for name, kind in (("dispatch", "raw"), ("dispatch-apart", "apart")):
        if bench.wants(name):
            compare_dispatch(bench, name, client, gateway.pair(kind), jobs)


def compare_dispatch(bench: Bench, name: str, client: Side, pair: Pair, jobs: int) -> None:
    def busy() -> Sample:
        with flat_out(pair, relays=8, each=64 << 20) as load:
            sample = client.stages(jobs)
        sample.facts["relays_gb_per_second"] = load.throughput
        return sample

    bench.compare(
        name,
        [Figure(f"{stage}-{share}", "ms", "lower", at_most=3 if share == "p99" else None)
         for stage in STAGES for share in ("p50", "p99")],
        busy, {"idle": lambda: client.stages(jobs)}, ours_name="beside 8 relays")


def measure(bench: Bench) -> None:
    gateway = Gateway(bench)
    size = bench.scale(1 << 30, 256 << 20)
    speed = Figure("throughput", "GB/s", "higher")
    cpu = Figure("gateway-cpu", "CPU-s/GB", "lower")

    def ours(kind: str, relays: int = 1):
        return lambda: gateway.pair(kind).fetch(relays, size)

    if bench.wants("raw", "sealed"):
        ssh = SSHRelay(bench)
        for kind, bound in (("raw", 1.5), ("sealed", 1)):
            bench.compare(
                kind, [Figure("throughput", "GB/s", "higher", at_least=bound)], ours(kind),
                {"ssh -L + ssh -R": lambda: ssh.fetch(size)})
    for mode, bound in (("http", 0.5), ("tcp", 1)):
        if bench.wants(f"gateway-cpu-{mode}"):
            identities = pki.make(bench.folder / f"identities-{mode}")
            haproxy = Reencrypting(bench, identities, mode)
            label = "HAProxy, " + {"http": "TLS h2 -> TLS h2", "tcp": "TLS -> TLS, TCP mode"}[mode]
            bench.compare(
                f"gateway-cpu-{mode}",
                [Figure("gateway-cpu", "CPU-s/GB", "lower", at_most=bound), speed], ours("raw"),
                {label: lambda haproxy=haproxy: proxied(haproxy, size)})
    bench.compare(
        "at-once", [Figure("throughput", "GB/s", "higher", at_least=1), cpu], ours("raw", 64),
        {"one relay": ours("raw")}, ours_name="64 relays")
    bench.compare(
        "evenness", [Figure("unevenness", "slowest/fastest", "lower", at_most=1.5)],
        ours("raw", 64), ours_name="64 relays")
    if bench.wants("dispatch", "dispatch-apart"):
        measure_dispatch(bench, gateway)


SUITE = Suite(
    name="relay", summary="bytes worker <- gateway <- agent beside ssh and HAProxy", run=measure,
    comparisons=("raw", "sealed", "gateway-cpu-http", "gateway-cpu-tcp", "at-once", "evenness",
                 "dispatch", "dispatch-apart"),
    debian=("openssl", "libssl-dev", "libnghttp2-dev", "pkg-config", "openssh-server",
            "openssh-client", "haproxy", "nghttp2-client", "nghttp2-server"),
    pypi=("grpcio", "grpcio-tools"), products=("bench-relay",), uses_executables=True)
