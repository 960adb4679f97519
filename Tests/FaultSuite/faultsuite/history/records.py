"""What the jobs have written about themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Execution:
    """One process of one attempt, as it has recorded itself.

    Attributes:
        role: `main`, or `daemon` for what a job has left behind.
        start: Boot time; so are the others.
        last: The last moment at which it is known to have run.
        longest_pause: Between two beats, in seconds.
        stop: When it wrote that it would end by itself; None where it never did.
        folder: Where it ran.
        output_stem: Beginning of the paths of what it printed.
    """

    token: str
    job: str
    epoch: int
    pid: int
    role: str
    start: float
    last: float
    longest_pause: float = 0.0
    stop: float | None = None
    code: int | None = None
    signal: int | None = None
    folder: str = ""
    commit: str | None = None
    digest: str | None = None
    output_stem: str = ""

    def output(self, stream: str) -> bytes:
        """The bytes that it printed, or was about to print when it was killed."""
        try:
            return Path(f"{self.output_stem}.{stream}").read_bytes()
        except FileNotFoundError:
            return b""


def read_executions(folder: Path) -> list[Execution]:
    """All of a run."""
    found = [_read(file) for file in sorted(folder.glob("*/*.jsonl"))]
    return [execution for execution in found if execution is not None]


def _read(file: Path) -> Execution | None:
    lines = []
    for line in file.read_bytes().splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            # Killed in the middle of a line.
            continue
    if not lines or lines[0]["what"] != "start":
        return None
    start = lines[0]
    times = [line["time"] for line in lines]
    stop = next((line for line in lines if line["what"] == "stop"), None)
    checkout = next((line for line in lines if line["what"] == "checkout"), {})
    return Execution(
        token=start["token"], job=start["job"], epoch=start["epoch"], pid=start["pid"],
        role=start["role"], start=times[0], last=max(times),
        longest_pause=max((b - a for a, b in zip(times, times[1:])), default=0.0),
        stop=stop["time"] if stop else None, code=stop.get("code") if stop else None,
        signal=stop.get("signal") if stop else None, folder=start.get("folder", ""),
        commit=start.get("commit"), digest=checkout.get("digest"),
        output_stem=str(file).removesuffix(".jsonl"))
