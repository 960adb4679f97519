"""The engines and hot functions by themselves: Benchmarks/bench-micro, by the benchmark package.

Each round runs every benchmark of a group once more, in a process of its own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from .. import processes
from ..bench import Bench, Suite
from ..figures import Figure, Sample

GROUPS = ("http2", "tls", "git", "masking", "sealing", "signing", "policy", "ledger", "store",
          "digits")
NAME = re.compile(r"bench-micro\.([a-z0-9]+)/(.+?)_\(bytes:_(\d+),_operations:_(\d+)\)$")


@dataclass(frozen=True)
class Timing:
    """Of one benchmark.

    Attributes:
        bytes: That an operation deals with; 0 where bytes say nothing.
        operations: In one iteration, which is what was timed.
        p50, p99: Nanoseconds of an operation.
    """

    name: str
    bytes: int
    operations: int
    p50: float
    p99: float

    @property
    def figures(self) -> list[Figure]:
        """The percentile only where single operations were timed."""
        figures = [Figure(self.name, "us/op", "lower")]
        if self.operations == 1:
            figures.append(Figure(f"{self.name}-p99", "us/op", "lower"))
        if self.bytes >= 4096:
            figures.append(Figure(f"{self.name}-speed", "GB/s", "higher"))
        return figures

    @property
    def values(self) -> dict[str, float]:
        return {
            self.name: self.p50 / 1e3, f"{self.name}-p99": self.p99 / 1e3,
            f"{self.name}-speed": self.bytes / self.p50}


def parse(text: str, group: str) -> list[Timing]:
    """What BenchmarkTool exports as JMH's JSON: percentiles in microseconds."""
    timings = []
    for entry in json.loads(text):
        if not (found := NAME.search(entry["benchmark"])):
            raise ValueError(f"not a benchmark of ours: {entry['benchmark']}")
        if found[1] != group:
            continue
        operations = int(found[4])
        times = entry["secondaryMetrics"]["Time (wall clock)"]["scorePercentiles"]
        timings.append(Timing(
            found[2], int(found[3]), operations, times["50.0"] * 1e3 / operations,
            times["99.0"] * 1e3 / operations))
    return sorted(timings, key=lambda timing: timing.name)


def run(bench: Bench, group: str) -> list[Timing]:
    folder = bench.folder / "export"
    _, _, cost = processes.run([
        bench.benchmarks / "BenchmarkTool", "--command", "run", "--format", "jmh",
        "--grouping", "benchmark", "--no-progress", "--quiet", "--targets", "bench-micro",
        "--benchmark-executable-paths", bench.benchmarks / "bench-micro",
        "--baseline-storage-path", folder, "--path", folder, "--filter", f"{group}/.*"])
    exported = Path(folder / "Current_run.jmh.json")
    timings = parse(exported.read_text(), group)
    exported.unlink()
    if not timings:
        raise RuntimeError(f"bench-micro has nothing of {group}")
    return timings


def measure(bench: Bench) -> None:
    for group in GROUPS:
        if not bench.wants(group):
            continue
        # Says what there is, and warms up.
        first = run(bench, group)

        def sample() -> Sample:
            timings = run(bench, group)
            values = {name: value for one in timings for name, value in one.values.items()}
            facts = {f"{one.name}/{fact}": getattr(one, fact)
                     for one in timings for fact in ("bytes", "operations")}
            return Sample(values, {}, facts)

        bench.compare(
            group, [figure for one in first for figure in one.figures], sample, warm_up=False)


SUITE = Suite(
    name="micro", summary="the engines and hot functions by themselves", run=measure,
    comparisons=GROUPS, debian=("libssl-dev", "libnghttp2-dev", "pkg-config"),
    products=("bench-micro", "BenchmarkTool"))
