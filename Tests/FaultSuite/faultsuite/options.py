"""What a run is asked to do."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Attributes as `scripts/faults --help` describes them."""

    root: Path
    executables: Path
    minutes: float
    seed: int
    jobs_per_second: float
    only: tuple[str, ...]
    keep: bool
    plant: str | None
    expect: bool
    json: bool


def parse(arguments: list[str]) -> Options:
    """Ends the process with exit code 64 where the command line is wrong."""
    parser = argparse.ArgumentParser(
        prog="scripts/faults", exit_on_error=True,
        description="Runs real executables under seeded faults and checks that nothing is lost.")
    parser.add_argument("--root", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--bin", type=Path, required=True, help="folder with the executables")
    parser.add_argument(
        "--minutes", type=float, default=3.0, help="how long jobs are submitted (default 3)")
    parser.add_argument(
        "--seed", type=int, default=None, help="of workload and faults (default: a random one)")
    parser.add_argument(
        "--jobs-per-second", type=float, default=1.2, help="submitted on average (default 1.2)")
    parser.add_argument(
        "--only", default="", metavar="KIND,...", help="only these kinds of faults; none: none")
    parser.add_argument("--keep", action="store_true", help="keep the folder of the run")
    parser.add_argument(
        "--plant", metavar="NAME", help="run the scenario of a planted bug; all: of each")
    parser.add_argument(
        "--expect", action="store_true",
        help="with --plant: succeed where the checker finds the bug, and nothing without it")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    try:
        values = parser.parse_args(arguments)
    except SystemExit as end:
        raise SystemExit(64 if end.code else 0) from None
    seed = values.seed
    if seed is None:
        seed = int.from_bytes(open("/dev/urandom", "rb").read(3), "little")
    return Options(
        values.root, values.bin, values.minutes, seed, values.jobs_per_second,
        tuple(kind for kind in values.only.split(",") if kind), values.keep, values.plant,
        values.expect, values.json)
