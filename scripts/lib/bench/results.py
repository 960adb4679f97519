"""The records of a run: one for each figure and peer, kept in a file, shown as a table."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

from .figures import Figure, Sample, median, spread


def make_record(
    name: str, figure: Figure, ours: list[Sample], peer_name: str | None,
    peer: list[Sample], ours_name: str = "sallyport"
) -> dict:
    """Of the samples of both sides, in the order of the rounds; `peer` is empty where a figure
    stands for itself."""
    our_values = [sample.values[figure.name] for sample in ours]
    peer_values = [sample.values[figure.name] for sample in peer]
    record = {
        "name": f"{name}/{figure.name}", "ours": median(our_values), "peer": None,
        "ours_name": ours_name, "peer_name": peer_name, "unit": figure.unit, "ratio": None,
        "ratio_spread": None, "direction": figure.direction, "bound": figure.bound,
        "met": None if peer_name else figure.met(median(our_values)),
        "spread": {"ours": spread(our_values)}, "rounds": len(ours),
        "details": {"ours": _details(ours)},
    }
    if peer_values:
        record["peer"] = median(peer_values)
        record["spread"]["peer"] = spread(peer_values)
        record["details"]["peer"] = _details(peer)
        if record["peer"]:
            record["ratio"] = record["ours"] / record["peer"]
            record["met"] = figure.met(record["ratio"])
        if all(peer_values):
            record["ratio_spread"] = spread([a / b for a, b in zip(our_values, peer_values)])
    return record


def _details(samples: list[Sample]) -> dict:
    """Facts of the last round; each process's median CPU seconds and greatest peak."""
    last = samples[-1]
    return {
        **last.facts,
        "processes": {
            process: {
                "cpu_seconds": round(
                    median([one.processes[process].cpu_seconds for one in samples]), 3),
                "peak_rss_kib": max(one.processes[process].peak_rss_kib for one in samples),
            } for process in last.processes
        },
    }


def machine() -> str:
    """What the figures were taken on."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} x {cpu}, {memory:.0f} GiB, Linux {platform.release()}"


def merge(path: Path, records: list[dict]) -> None:
    """Replaces what the file has of the same figures and peers."""
    kept = json.loads(path.read_text()) if path.exists() else []
    new = {_key(record) for record in records}
    merged = [record for record in kept if _key(record) not in new] + records
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(merged, indent=1) + "\n")
    draft.rename(path)


def _key(record: dict) -> tuple:
    return record["name"], record["peer_name"]


def number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def table(records: list[dict]) -> str:
    """One line for each record: figure, both sides with their spread, ratio, bound."""
    header = ("figure", "ours", "peer", "", "unit", "better", "ratio", "asked", "")
    rows = [header]
    for record in records:
        rows.append((
            record["name"], _side(record, "ours"), _side(record, "peer"),
            record["peer_name"] or "", record["unit"], record["direction"],
            number(record["ratio"]), record["bound"],
            {True: "yes", False: "NO", None: ""}[record["met"]]))
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def _side(record: dict, side: str) -> str:
    if record[side] is None:
        return "-"
    low, high = record["spread"][side]
    return f"{number(record[side])} ({number(low)}-{number(high)})"
