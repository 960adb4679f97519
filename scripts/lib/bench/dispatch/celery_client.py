"""Celery's side: a task is accepted when Redis has taken it, which has synchronised its log then.

    BENCH_REDIS=... python -m bench.dispatch.celery_client
"""

from __future__ import annotations

import time

from .celery_app import run
from .client import COMMAND, OUTPUT, serve

LIMIT = 60


class Celery:
    def stages(self) -> dict[str, float]:
        begin = time.monotonic()
        result = run.delay(COMMAND)
        accepted = time.monotonic() - begin
        self._expect(result)
        first = time.monotonic() - begin
        return {"accepted": accepted, "first": first, "final": first}

    def burst(self, jobs: int) -> float:
        begin = time.monotonic()
        results = [run.delay(COMMAND) for _ in range(jobs)]
        for result in results:
            self._expect(result)
        return time.monotonic() - begin

    def _expect(self, result) -> None:
        if result.get(timeout=LIMIT) != f"{OUTPUT}\n":
            raise SystemExit("a task printed something else")


if __name__ == "__main__":
    serve(Celery())
