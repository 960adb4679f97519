"""What a suite measures through: services and folders of a run, interleaved rounds, records."""

from __future__ import annotations

import datetime
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from . import results
from .figures import Figure, Sample
from .processes import Service, busy_seconds, usage
from .sites import LOOPBACK, Site
from .stack import Stack

Measurement = Callable[[], Sample]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Suite:
    """Comparisons that need the same things.

    Attributes:
        run: Calls `Bench.compare` once for each comparison that is wanted.
        comparisons: Their names; `SUITE/COMPARISON` on the command line runs one alone.
        debian, pypi: Packages that are installed first.
        products: Of Benchmarks/; built first.
        uses_executables: Whether `bench.bin` is needed.
    """

    name: str
    summary: str
    run: Callable[[Bench], None]
    comparisons: tuple[str, ...]
    debian: tuple[str, ...] = ()
    pypi: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    uses_executables: bool = False


@dataclass
class Bench:
    """One suite's run.

    Attributes:
        bin: Sallyport's executables.
        benchmarks: The products of Benchmarks/.
        venv: Where PyPI's peers are.
        folder: For files of this suite; removed after it.
        wanted: Names of comparisons; None for all.
        records: Those of this run so far, of other suites as well.
    """

    root: Path
    bin: Path
    benchmarks: Path
    venv: Path
    folder: Path
    suite: str
    wanted: set[str] | None
    rounds: int
    quick: bool
    commit: str
    records: list[dict]
    _stack: ExitStack = field(default_factory=ExitStack)

    def wants(self, *comparisons: str) -> bool:
        """Whether one of these is to be run: for what it takes to prepare them."""
        return self.wanted is None or any(one in self.wanted for one in comparisons)

    def scale(self, full: Value, quick: Value) -> Value:
        return quick if self.quick else full

    def start(
        self, name: str, command: list[str | Path],
        environment: Mapping[str, str] | None = None, **options
    ) -> Service:
        """A service that ends with the suite, if not before; it logs to `NAME.log`."""
        service = Service(command, self.folder / f"{name}.log", environment, **options)
        self._stack.callback(service.stop)
        return service

    def keep(self, context):
        """Enters a context that is left with the suite."""
        return self._stack.enter_context(context)

    def start_stack(
        self, name: str = "stack", site: Site = LOOPBACK, **environment: str
    ) -> Stack:
        """Sallyport's executables, started by `scripts/stack`, in a folder of that name; they end
        with the suite."""
        return self.keep(
            Stack(self.root / "scripts/stack", self.bin, self.folder / name, environment, site))

    def close(self) -> None:
        self._stack.close()

    def compare(
        self, comparison: str, figures: list[Figure], ours: Measurement,
        peers: Mapping[str, Measurement] | None = None, *, rounds: int | None = None,
        warm_up: bool = True, ours_name: str = "sallyport"
    ) -> None:
        """Runs ours and each peer in turn, round by round, and records every figure for every
        peer.

        Each measurement runs once before the rounds, uncounted, unless `warm_up` is false.
        """
        if not self.wants(comparison):
            return
        sides: dict[str, Measurement] = {ours_name: ours, **(peers or {})}
        samples: dict[str, list[Sample]] = {side: [] for side in sides}
        count = rounds or self.rounds
        begin = cpu_times()
        for number in range(0 if warm_up else 1, count + 1):
            for side, measure in sides.items():
                sample = measure()
                values = ", ".join(
                    f"{figure.name} {results.number(sample.values[figure.name])} {figure.unit}"
                    for figure in figures)
                note(f"{self.suite}/{comparison} {number}/{count} {side}: {values}")
                if number:
                    samples[side].append(sample)
        others = share_of_others(begin, cpu_times(), os.cpu_count() or 1)
        for figure in figures:
            for peer in (peers or {None: None}):
                record = results.make_record(
                    f"{self.suite}/{comparison}", figure, samples[ours_name], peer,
                    samples.get(peer, []), ours_name)
                record |= {
                    "machine": results.machine(), "commit": self.commit, "quick": self.quick,
                    "date": datetime.date.today().isoformat(),
                    "cpu_share_of_others": others,
                }
                self.records.append(record)


def cpu_times() -> tuple[float, float, float]:
    """Seconds: CPU time of the whole machine, of this run's processes, and the clock."""
    return busy_seconds(), usage(os.getpid()).cpu_seconds, time.monotonic()


def share_of_others(
    begin: tuple[float, float, float], end: tuple[float, float, float], cores: int
) -> float:
    """Of all cores, from 0 to 1: what went to programs that are none of this run between two
    `cpu_times`, and makes figures doubtful."""
    busy, mine, clock = (now - then for now, then in zip(end, begin))
    return round(min(1, max(0, (busy - mine) / clock / cores)), 3)


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def free_port() -> int:
    """A TCP port of the loopback that nobody has; for peers that cannot choose one themselves."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def commit(root: Path) -> str:
    """As `scripts/build` names it."""
    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", root, *arguments], capture_output=True, text=True, check=False
        ).stdout.strip()

    dirty = git("status", "--porcelain", "--untracked-files=no")
    return (git("rev-parse", "HEAD") or "unknown") + ("-dirty" if dirty else "")
