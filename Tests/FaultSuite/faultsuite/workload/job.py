"""The program that jobs run. It imports nothing of the suite but what lies beside it.

`python3 job.py RECORDS PLAN`, where PLAN is JSON. It writes about itself into RECORDS/<token>/, where
neither the worker nor the gateway has a hand: a start, a beat every tenth of a second, a stop, and
every byte that it prints, before it prints it.

What it writes is in the page cache at once, which survives a `kill -9` of anything; the machine does
not fail, so nothing is forced to disk.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time

BEAT_SECONDS = 0.1


class Record:
    """One file of one process: JSON lines with boot times."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, what: str, **values: object) -> None:
        line = {"what": what, "time": time.clock_gettime(time.CLOCK_BOOTTIME), **values}
        os.write(self._file, json.dumps(line, separators=(",", ":")).encode() + b"\n")

    def beat_for_ever(self) -> None:
        while True:
            time.sleep(BEAT_SECONDS)
            self.write("beat")


class Output:
    """Standard output and standard error, each with a copy."""

    def __init__(self, stem: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._copies = {
            1: os.open(stem + ".stdout", flags, 0o644), 2: os.open(stem + ".stderr", flags, 0o644)}

    def write(self, stream: int, data: bytes) -> None:
        """The copy first: what is printed is never more than what is recorded."""
        for file in (self._copies[stream], stream):
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest):]


def start_daemon(stem: str, token: str) -> None:
    """Leaves a process behind that does not want to be found, as a careless job does."""
    if os.fork() != 0:
        return
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    record = Record(f"{stem}-daemon.jsonl")
    record.write(
        "start", token=token, role="daemon", pid=os.getpid(), job=os.environ["SALLYPORT_JOB_ID"],
        epoch=int(os.environ["SALLYPORT_EPOCH"]))
    record.beat_for_ever()


def print_output(plan: dict, output: Output, stop_at: float) -> None:
    """`chunks` chunks of `chunk_bytes`, spread over the time that is left."""
    source = random.Random(f"{plan['token']}/{os.environ['SALLYPORT_EPOCH']}")
    chunks, size = plan["chunks"], plan["chunk_bytes"]
    begin = time.monotonic()
    for number in range(chunks):
        stream = 1 if source.random() < 0.7 else 2
        if plan["binary"]:
            data = source.randbytes(size)
        else:
            head = f"{plan['token']} {number} ".encode()
            data = (head + b"x" * max(0, size - len(head) - 1)) + b"\n"
        output.write(stream, data)
        if plan["pace"]:
            pause = begin + (stop_at - begin) * (number + 1) / chunks - time.monotonic()
            if pause > 0:
                time.sleep(pause)


def main() -> int:
    begin = time.monotonic()
    records, plan = sys.argv[1], json.loads(sys.argv[2])
    token, epoch = plan["token"], int(os.environ["SALLYPORT_EPOCH"])
    folder = os.path.join(records, token)
    os.makedirs(folder, exist_ok=True)
    stem = os.path.join(folder, f"{epoch}-{os.getpid()}")
    record = Record(stem + ".jsonl")
    record.write(
        "start", token=token, role="main", pid=os.getpid(), job=os.environ["SALLYPORT_JOB_ID"],
        epoch=epoch, folder=os.getcwd(), commit=os.environ.get("SALLYPORT_COMMIT"))
    output = Output(stem)
    threading.Thread(target=record.beat_for_ever, daemon=True).start()
    if plan["ignore_term"]:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if plan["daemon"]:
        start_daemon(stem, token)
    if plan["checkout"]:
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        from digest import tree_digest
        record.write("checkout", digest=tree_digest("."))
    print_output(plan, output, begin + plan["seconds"])
    rest = begin + plan["seconds"] - time.monotonic()
    if rest > 0:
        time.sleep(rest)
    if plan["signal"]:
        record.write("stop", signal=plan["signal"])
        os.kill(os.getpid(), plan["signal"])
        time.sleep(10)
    record.write("stop", code=plan["code"])
    return plan["code"]


if __name__ == "__main__":
    os._exit(main())
