"""What the kernel says about processes of this run's PID namespace."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Census:
    """One process.

    Attributes:
        job: `SALLYPORT_JOB_ID` in its environment, which every process of a job inherits.
    """

    pid: int
    parent: int
    command: str
    job: str | None


def take_census() -> list[Census]:
    """All living processes; zombies are left out, being none."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (one := _read(int(entry))) is not None:
            found.append(one)
    return found


def children(parent: int) -> list[int]:
    """Process ids of the direct children."""
    return [one.pid for one in take_census() if one.parent == parent]


def supervisors(worker: int) -> list[int]:
    """Process ids of those of a worker's jobs; its template for more of them is none."""
    return [pid for pid in children(worker) if _name(pid) == "sallyport-job"]


def _name(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def resources(pid: int) -> dict[str, int] | None:
    """Open files and resident KiB; None where the process is gone."""
    try:
        files = len(os.listdir(f"/proc/{pid}/fd"))
        with open(f"/proc/{pid}/status", encoding="utf-8") as status:
            fields = dict(line.split(":", 1) for line in status if ":" in line)
        return {
            "files": files, "kib": int(fields["VmRSS"].split()[0]),
            "threads": int(fields["Threads"])}
    except (OSError, KeyError):
        return None


def _read(pid: int) -> Census | None:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            text = file.read()
        state, parent = text[text.rindex(")") + 2:].split()[:2]
        if state in "ZX":
            return None
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            command = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
        with open(f"/proc/{pid}/environ", "rb") as file:
            variables = file.read().split(b"\0")
        job = next(
            (v[17:].decode() for v in variables if v.startswith(b"SALLYPORT_JOB_ID=")), None)
        return Census(pid, int(parent), command, job)
    except (OSError, ValueError):
        return None
