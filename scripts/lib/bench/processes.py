"""Processes of a run: started in a session of their own, accounted for by the kernel, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Attributes:
        cpu_seconds: User and system time.
        peak_rss_kib: The most memory that was resident; of several processes, the sum of theirs. Of
            a command that `run` has run at least what this process had when it started it.
    """

    cpu_seconds: float
    peak_rss_kib: int

    def since(self, earlier: Usage) -> Usage:
        return Usage(self.cpu_seconds - earlier.cpu_seconds, self.peak_rss_kib)


def parse_stat(text: str) -> tuple[int, float]:
    """The parent and the CPU seconds, those of children that were waited for included, in
    `/proc/PID/stat`; the command's name may hold anything, parentheses and spaces included."""
    fields = text[text.rindex(")") + 2:].split()
    return int(fields[1]), sum(map(int, fields[11:15])) * TICK


def family(pid: int) -> list[int]:
    """`pid` and its living descendants, also those that are in another session."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (text := _read(int(entry), "stat")):
            children.setdefault(parse_stat(text)[0], []).append(int(entry))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def usage(pid: int) -> Usage:
    """Of `pid` and its descendants; zero where it is gone."""
    seconds, kib = 0.0, 0
    for one in family(pid):
        if text := _read(one, "stat"):
            seconds += parse_stat(text)[1]
        kib += _status(one, "VmHWM")
    return Usage(seconds, kib)


def busy_seconds() -> float:
    """CPU time of the whole machine since it started, all but idle; proc(5), /proc/stat."""
    user, nice, system, _idle, _wait, interrupts, soft, *_ = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:])
    return (user + nice + system + interrupts + soft) * TICK


def resident_kib(pid: int) -> int:
    """What `pid` alone has in memory now."""
    return _status(pid, "VmRSS")


def reset_peak(pid: int) -> None:
    """Lets the peak of `pid` and its descendants begin anew; proc(5), clear_refs."""
    for one in family(pid):
        try:
            Path(f"/proc/{one}/clear_refs").write_text("5")
        except OSError:
            pass


def yield_to_others(pid: int) -> None:
    """Leaves `pid` only the CPU time that nobody else wants: sched(7), the nice value and autogroups.
    What a session of its own has by its nice value alone, it has among itself."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.setpriority(os.PRIO_PROCESS, int(thread), 19)
    if (group := Path(f"/proc/{pid}/autogroup")).exists():
        group.write_text("19")


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    except OSError:
        return ""


def _status(pid: int, field: str) -> int:
    for line in _read(pid, "status").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


class Service:
    """A process that runs for a while; it does not outlive this one, not even a SIGKILL of it.

    To be started on a thread that lives as long: the kernel ends it with that thread (prctl(2),
    PR_SET_PDEATHSIG).
    """

    def __init__(
        self, command: Sequence[str | Path], log: Path,
        environment: Mapping[str, str] | None = None, **options
    ) -> None:
        self.log = log
        with open(log, "ab") as output:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *map(str, command)],
                stdin=options.pop("stdin", subprocess.DEVNULL),
                stdout=options.pop("stdout", output), stderr=output, start_new_session=True,
                env={**os.environ, **(environment or {})}, **options)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def process(self) -> subprocess.Popen:
        return self._process

    def usage(self) -> Usage:
        return usage(self.pid)

    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_for_line(self, text: str, seconds: float = 30) -> str:
        """The first line of the log that holds `text`."""
        return self._wait(lambda: self._line(text), f"no line with {text!r}", seconds)

    def wait_for_port(self, port: int, seconds: float = 30) -> None:
        """Until something listens there."""
        self._wait(
            lambda: is_listening(port, self.pid), f"nothing listens on port {port}", seconds)

    def stop(self, seconds: float = 10) -> None:
        """SIGTERM, then SIGKILL; with all its descendants."""
        group = family(self.pid)
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        if self._process.stdin:
            self._process.stdin.close()
        for pid in group:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self._process.wait()

    def _line(self, text: str) -> str | None:
        with open(self.log, encoding="utf-8", errors="replace") as lines:
            return next((line for line in lines if text in line), None)

    def _wait(self, condition, what: str, seconds: float):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if result := condition():
                return result
            if not self.is_running():
                break
            time.sleep(0.02)
        tail = self.log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{self._process.args[3]}: {what}; it says:\n{tail}")


def run(
    command: Sequence[str | Path], environment: Mapping[str, str] | None = None,
    seconds: float = 300, **options
) -> tuple[str, float, Usage]:
    """Standard output, wall seconds and cost of a command that has to succeed in time."""
    begin = time.monotonic()
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", *map(str, command)], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, **(environment or {})}, **options)
    watchdog = _Watchdog(process.pid, seconds)
    with process.stdout, watchdog:
        output = process.stdout.read()
        _, status, cost = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(
            f"{' '.join(map(str, command))} ended with {process.returncode}; it said: {output}")
    return output, time.monotonic() - begin, Usage(cost.ru_utime + cost.ru_stime, cost.ru_maxrss)


class _Watchdog:
    """Kills a process that takes too long."""

    def __init__(self, pid: int, seconds: float) -> None:
        self._timer = threading.Timer(seconds, os.killpg, (pid, signal.SIGKILL))

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_) -> None:
        self._timer.cancel()


def is_listening(port: int, pid: int) -> bool:
    """Whether a TCP socket of the host on which `pid` runs listens on the port; proc(5),
    /proc/PID/net/tcp."""
    for table in ("tcp", "tcp6"):
        for line in _read(pid, f"net/{table}").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                return True
    return False
