"""gRPC over one mutual TLS connection: Sallyport's transport and grpc-swift-nio-transport.

Both carry the same grpc-swift core, the same service and the same messages.
"""

from __future__ import annotations

import json

from .. import pki
from ..bench import Bench, Suite
from ..figures import Figure, Sample
from ..processes import Usage, run

NIO = "grpc-swift-nio-transport"
UNCOALESCED = f"{NIO}, no flush coalescing"
KINDS = {"sallyport": "sallyport", NIO: "nio", UNCOALESCED: "nio-uncoalesced"}


class Sides:
    """A server of each kind, started when it is first needed."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._identities = pki.make(bench.folder / "identities")
        self._servers: dict = {}

    def call(self, side: str, facts: dict, *options: str) -> tuple[dict, Sample]:
        """Runs a client; gives what it printed, and a sample without values."""
        server = self._server(side)
        port = server.log.read_text().split()[-1]
        before = server.usage()
        output, _, whole = run(
            [self._bench.benchmarks / "bench-grpc", "call", "--transport", KINDS[side],
             "--identities", self._identities, "--port", port, *options], seconds=180)
        printed = json.loads(output)
        processes = {
            "client": Usage(printed["cpu_seconds"], whole.peak_rss_kib),
            "server": server.usage().since(before),
        }
        return printed, Sample({}, processes, {"connections": 1, **facts})

    def _server(self, side: str):
        if side not in self._servers:
            self._servers[side] = self._bench.start(
                f"server-{KINDS[side]}",
                [self._bench.benchmarks / "bench-grpc", "serve", "--transport", KINDS[side],
                 "--identities", self._identities])
            self._servers[side].wait_for_line("listening on ")
        return self._servers[side]


def unary(sides: Sides, side: str, calls: int) -> Sample:
    printed, sample = sides.call(
        side, {"calls": calls, "message_bytes": 16}, "--unary", str(calls))
    cpu = sum(usage.cpu_seconds for usage in sample.processes.values())
    sample.values = {
        "p50": printed["p50_us"], "p99": printed["p99_us"], "cpu": cpu / calls * 1e6}
    return sample


def stream(sides: Sides, side: str, size: int, total: int) -> Sample:
    messages = total // size
    printed, sample = sides.call(
        side, {"bytes": messages * size, "message_bytes": size},
        "--messages", str(messages), "--size", str(size))
    gigabytes = printed["bytes"] / 1e9
    sample.values = {
        "throughput": gigabytes / printed["seconds"],
        "client-cpu": sample.processes["client"].cpu_seconds / gigabytes,
        "server-cpu": sample.processes["server"].cpu_seconds / gigabytes,
        "cpu": sum(one.cpu_seconds for one in sample.processes.values()) / gigabytes,
    }
    return sample


STREAM = [
    Figure("throughput", "GB/s", "higher", at_least=3),
    Figure("cpu", "CPU-s/GB", "lower", at_most=1 / 3),
    Figure("client-cpu", "CPU-s/GB", "lower"),
    Figure("server-cpu", "CPU-s/GB", "lower"),
]


def measure(bench: Bench) -> None:
    sides = Sides(bench)
    calls = bench.scale(5_000, 2_000)
    bench.compare(
        "unary",
        [Figure("p50", "us", "lower", at_most=0.2), Figure("p99", "us", "lower"),
         Figure("cpu", "CPU-us/call", "lower")],
        lambda: unary(sides, "sallyport", calls),
        {side: lambda side=side: unary(sides, side, calls) for side in (NIO, UNCOALESCED)})
    total = bench.scale(1 << 30, 512 << 20)
    slow_total = bench.scale(512 << 20, 256 << 20)
    bench.compare(
        "stream-64k", STREAM,
        lambda: stream(sides, "sallyport", 64 << 10, total),
        {side: lambda side=side: stream(sides, side, 64 << 10, slow_total)
         for side in (NIO, UNCOALESCED)})
    # The peers get less to carry here: a GiB takes them minutes.
    bench.compare(
        "stream-16k", [Figure("throughput", "GB/s", "higher"), Figure("cpu", "CPU-s/GB", "lower")],
        lambda: stream(sides, "sallyport", 16 << 10, total),
        {side: lambda side=side: stream(sides, side, 16 << 10, bench.scale(64 << 20, 16 << 20))
         for side in (NIO, UNCOALESCED)})
    bench.compare(
        "stream-16k-against-64k", [Figure("throughput", "GB/s", "higher", at_least=0.7)],
        lambda: stream(sides, "sallyport", 16 << 10, total),
        {"sallyport at 64 KiB": lambda: stream(sides, "sallyport", 64 << 10, total)},
        ours_name="sallyport at 16 KiB")


SUITE = Suite(
    name="grpc", summary="one mutual TLS connection beside grpc-swift-nio-transport",
    run=measure, comparisons=("unary", "stream-64k", "stream-16k", "stream-16k-against-64k"),
    debian=("openssl", "libssl-dev", "libnghttp2-dev", "pkg-config"), products=("bench-grpc",))
