"""The command line of scripts/bench."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from . import prepare, results
from .bench import Bench, Suite, commit, note
from .suites import SUITES


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--bin", type=Path)
    parser.add_argument("--benchmarks", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--root", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.rounds = max(2, options.rounds or (2 if options.quick else 5))
    return options


def choose(names: list[str]) -> dict[str, tuple[Suite, set[str] | None]]:
    """Suites in their order, each with the comparisons that are wanted; None for all."""
    chosen: dict[str, set[str] | None] = {}
    for name in names or [suite.name for suite in SUITES]:
        suite_name, _, comparison = name.partition("/")
        suite = next((one for one in SUITES if one.name == suite_name), None)
        if suite is None or (comparison and comparison not in suite.comparisons):
            raise SystemExit(f"scripts/bench: there is no {name}; see scripts/bench --list")
        if not comparison:
            chosen[suite_name] = None
        elif chosen.get(suite_name, set()) is not None:
            chosen.setdefault(suite_name, set()).add(comparison)
    return {one.name: (one, chosen[one.name]) for one in SUITES if one.name in chosen}


def run(suite: Suite, wanted: set[str] | None, options: argparse.Namespace, **places) -> None:
    folder = Path(tempfile.mkdtemp(prefix=f"sallyport-bench-{suite.name}."))
    # Peers that give up root's rights read their configuration there.
    folder.chmod(0o755)
    bench = Bench(
        root=options.root, folder=folder, suite=suite.name, wanted=wanted, rounds=options.rounds,
        quick=options.quick, commit=commit(options.root), **places)
    try:
        suite.run(bench)
    finally:
        bench.close()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    options = parse()
    if options.list:
        for suite in SUITES:
            print(f"{suite.name}: {suite.summary}")
            for comparison in suite.comparisons:
                print(f"  {suite.name}/{comparison}")
        return 0
    # SIGTERM, like Ctrl-C, ends what was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = choose(options.names)
    suites = [suite for suite, _ in chosen.values()]
    prepare.packages(options.root, suites)
    places = {
        "venv": prepare.virtual_environment(options.root, suites),
        "bin": prepare.executables(options.root, suites, options.bin),
        "benchmarks": prepare.benchmarks(options.root, suites, options.benchmarks),
    }
    output = options.output or options.root / "bench/results.json"
    records: list[dict] = []
    failed = False
    for suite, wanted in chosen.values():
        try:
            run(suite, wanted, options, records=records, **places)
        except Exception as error:
            failed = True
            note(f"{suite.name} failed: {error}")
        results.merge(output, records)
    print(results.machine())
    print(results.table(records))
    if share := max((record["cpu_share_of_others"] for record in records), default=0):
        print(f"up to {share:.0%} of the CPU time went to other programs")
    return 1 if failed else 0


try:
    sys.exit(main())
except KeyboardInterrupt:
    sys.exit(130)
