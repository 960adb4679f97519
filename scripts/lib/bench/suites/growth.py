"""What work costs as it grows: relays at once, and sessions held. The store against its size is a
part of the `store` suite. `scripts/plot` draws all three."""

from __future__ import annotations

import time

from .. import processes
from ..bench import Bench, Suite
from ..dispatch.side import QUEUE, Side, sallyport_client
from ..figures import Figure, Sample, quantile
from . import connections, relay

RELAYS = (1, 8, 64, 512)
SESSIONS = (100, 1_000, 10_000)
ACCEPTANCE = [
    Figure("acceptance-p50", "ms", "lower"), Figure("acceptance-p99", "ms", "lower")]


def acceptance(side: Side, jobs: int) -> dict[str, float]:
    waits = side.acceptance(jobs)
    return {"acceptance-p50": quantile(waits, 0.5), "acceptance-p99": quantile(waits, 0.99)}


def counted(count: int, thing: str) -> str:
    """The name of a side; scripts/plot reads the number."""
    return f"{count} {thing}" if count > 1 else f"{count} {thing.removesuffix('s')}"


def measure_relays(bench: Bench) -> None:
    """So many relays of one worker and one agent at once; and submissions meanwhile."""
    gateway = relay.Gateway(bench)
    pair, side = gateway.pair("raw"), gateway.client()
    total, jobs = bench.scale(1 << 30, 256 << 20), bench.scale(300, 30)

    def at(count: int):
        def measure() -> Sample:
            begin, before = time.monotonic(), processes.busy_seconds()
            sample = pair.fetch(count, total)
            busy = processes.busy_seconds() - before
            sample.values["busy"] = busy / (time.monotonic() - begin)
            gigabytes = sample.facts["bytes"] / 1e9
            sample.values["cpu"] = (
                sum(one.cpu_seconds for one in sample.processes.values()) / gigabytes)
            with relay.flat_out(pair, count, max(1 << 20, (total >> 2) // count)):
                sample.values |= acceptance(side, jobs)
            return sample

        return measure

    *fewer, most = RELAYS
    bench.compare(
        "relays",
        [Figure("throughput", "GB/s", "higher"), Figure("gateway-cpu", "CPU-s/GB", "lower"),
         Figure("cpu", "CPU-s/GB", "lower"), Figure("busy", "cores", "lower"), *ACCEPTANCE],
        at(most), {counted(count, "relays"): at(count) for count in fewer},
        ours_name=counted(most, "relays"))


def measure_sessions(bench: Bench, counts: list[int]) -> None:
    """Sessions that say only what keeps them alive; and submissions meanwhile."""
    gateway = connections.Gateway(bench, "sessions")
    gateway.stack.sallyport("pool", "create", "--kind", "worker", QUEUE)
    crowd = gateway.crowd(max(counts))
    side = sallyport_client(
        bench, "client", gateway.operator, gateway.endpoint, {"gateway": gateway.pid})
    seconds, jobs = bench.scale(5, 1), bench.scale(300, 30)

    def measure() -> Sample:
        begin, before = time.monotonic(), processes.usage(gateway.pid)
        time.sleep(seconds)
        cost = processes.usage(gateway.pid).since(before)
        share = cost.cpu_seconds / (time.monotonic() - begin)
        memory = processes.resident_kib(gateway.pid) / 1024
        return Sample(
            {"memory": memory, "idle-cpu": share * 1e3, **acceptance(side, jobs)},
            {"gateway": cost}, {"seconds": seconds})

    held = 0
    for count in counts:
        crowd.ask(f"open {count - held}")
        held = count
        connections.settled_kib(gateway.pid)
        bench.compare(
            f"sessions-{count}",
            [Figure("memory", "MiB", "lower"), Figure("idle-cpu", "CPU-ms/s", "lower"),
             *ACCEPTANCE],
            measure, ours_name=counted(count, "sessions"))


def measure(bench: Bench) -> None:
    if bench.wants("relays"):
        measure_relays(bench)
    if counts := [count for count in SESSIONS if bench.wants(f"sessions-{count}")]:
        measure_sessions(bench, counts)


SUITE = Suite(
    name="growth", summary="throughput, CPU, memory and waiting as relays and sessions grow",
    run=measure, comparisons=("relays", *(f"sessions-{count}" for count in SESSIONS)),
    debian=("openssl", "libssl-dev", "libnghttp2-dev", "pkg-config"),
    pypi=("grpcio", "grpcio-tools"), products=("bench-relay", "bench-crowd"),
    uses_executables=True)
