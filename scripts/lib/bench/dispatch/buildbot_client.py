"""Buildbot's side: a build is forced by its HTTP API, and accepted when that has answered.

    python -m bench.dispatch.buildbot_client HTTP-PORT EVENTS
"""

from __future__ import annotations

import http.client
import json
import socket
import sys
import time

from .client import serve

LIMIT = 60


class Buildbot:
    def __init__(self, port: int, events: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        self._events = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._events.bind(events)
        self._events.settimeout(LIMIT)

    def stages(self) -> dict[str, float]:
        times: dict[str, float] = {}
        begin = time.monotonic()
        self._force()
        times["accepted"] = time.monotonic() - begin
        while "final" not in times:
            event = self._next()
            times.setdefault("first" if event == "log" else "final", time.monotonic() - begin)
        return times

    def burst(self, jobs: int) -> float:
        begin = time.monotonic()
        for _ in range(jobs):
            self._force()
        while jobs:
            jobs -= self._next() == "end"
        return time.monotonic() - begin

    def _force(self) -> None:
        request = {"jsonrpc": "2.0", "id": 1, "method": "force", "params": {}}
        self._connection.request(
            "POST", "/api/v2/forceschedulers/force", json.dumps(request),
            {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(f"Buildbot answers {response.status}: {body[:500]!r}")

    def _next(self) -> str:
        event, _, result = self._events.recv(100).decode().partition(" ")
        if result not in ("", "0"):
            raise SystemExit(f"a build ended with result {result}")
        return event


if __name__ == "__main__":
    serve(Buildbot(int(sys.argv[1]), sys.argv[2]))
