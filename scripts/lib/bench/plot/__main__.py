"""The command line of scripts/plot."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .drawing import draw
from .plots import PLOTS


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/plot")
    parser.add_argument("--input", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--root", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    source = options.input or options.root / "bench/results.json"
    folder = options.output or options.root / "docs/performance"
    if not source.exists():
        print(f"scripts/plot: there is no {source}; run scripts/bench first", file=sys.stderr)
        return 1
    records = json.loads(source.read_text())
    missing = 0
    for plot in PLOTS:
        panels = plot.filled(records)
        if not panels:
            print(f"{plot.file}: not measured; run {plot.command}", file=sys.stderr)
            missing += 1
            continue
        folder.mkdir(parents=True, exist_ok=True)
        (folder / plot.file).write_text(draw(plot, panels))
        print(folder / plot.file)
    return 1 if missing == len(PLOTS) else 0


if __name__ == "__main__":
    sys.exit(main())
