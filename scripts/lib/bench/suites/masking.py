"""How long a line of a job's takes to the log on its worker's disk: through the pipe, the worker's masking and the
spool, with as many values to mask as a job may add, and with none."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from ..bench import Bench, Suite
from ..figures import Figure, Sample, quantile

JOB = """
import json, os, pathlib, sys, time
spools, masks, lines, result = sys.argv[1:]
masks = pathlib.Path(masks).read_text().split()
spool = next(pathlib.Path(spools).glob(os.environ["SALLYPORT_JOB_ID"] + "*"))

def took(line):
    size, begun = os.stat(spool).st_size, time.perf_counter_ns()
    os.write(1, line)
    while os.stat(spool).st_size == size:
        pass
    return (time.perf_counter_ns() - begun) / 1000

for mask in masks:
    print("::add-mask::" + mask)
print("added", flush=True)
line = b"[17/900] compiling object file with debug cache in 3 seconds, took 12 of 40\\n"
# What was said before has arrived with the first of these.
for _ in range(100):
    took(line)
pathlib.Path(result).write_text(json.dumps([took(line) for _ in range(int(lines))]))
"""
"""Run by a worker, whose user may see its spools."""


class Lines:
    """A worker whose jobs write one line after the other, each when the one before has arrived."""

    def __init__(self, bench: Bench) -> None:
        self._stack = bench.start_stack()
        for command in (("gateway",), ("trust-root",), ("worker", "worker-1")):
            self._stack.ask(*command)
        self._folder, self._lines = bench.folder, bench.scale(5_000, 500)
        self._job = bench.folder / "job.py"
        self._job.write_text(JOB)

    def measure(self, values: int) -> Sample:
        """With this many values of 24 characters to mask."""
        masks, result = self._folder / "masks", self._folder / "result"
        masks.write_text("\n".join(secrets.token_hex(12) for _ in range(values)))
        result.unlink(missing_ok=True)
        self._stack.sallyport(
            "job", "submit", "--pool", "builders", "--follow", "--", "python3", str(self._job),
            str(self._spools), str(masks), str(self._lines), str(result))
        times = json.loads(result.read_text())
        return Sample(
            {"median": quantile(times, 0.5), "p99": quantile(times, 0.99)}, {},
            {"values": values, "lines": self._lines})

    @property
    def _spools(self) -> Path:
        return self._stack.folder / "worker-1/spool"


def measure(bench: Bench) -> None:
    lines = Lines(bench)
    bench.compare(
        "line", [Figure("median", "us", "lower"), Figure("p99", "us", "lower")],
        lambda: lines.measure(4_000),
        {"100 values": lambda: lines.measure(100), "none": lambda: lines.measure(0)},
        ours_name="4,000 values")


SUITE = Suite(
    name="masking", summary="a line on its way to the worker's log, with and without values to mask",
    run=measure, comparisons=("line",), debian=("openssl",), uses_executables=True)
