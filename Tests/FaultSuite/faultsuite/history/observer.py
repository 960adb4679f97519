"""Looks at all jobs again and again, and writes down what has changed."""

from __future__ import annotations

import threading

from ..boottime import now
from ..processes.operator import Operator
from .recorder import Recorder

FINAL_STATES = frozenset({"succeeded", "failed", "cancelled", "timed_out", "lost"})
LIMIT = 10_000


class Observer:
    """A thread that asks about once a second, more slowly where answers take long."""

    def __init__(self, operator: Operator, recorder: Recorder) -> None:
        self._operator = operator
        self._recorder = recorder
        self._known: dict[str, tuple[str, int, int]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="observer")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> dict[str, str] | None:
        """State of each job now; None where the gateway does not say."""
        begin = now()
        answer = self._operator.call("job", "list", "--limit", str(LIMIT))
        end = now()
        if not answer.is_ok:
            self._recorder.write("blind", begin=begin, end=end, error=answer.error.strip()[-300:])
            return None
        jobs = {
            job["id"]: (job["state"], job["epoch"], job["log_length"])
            for job in answer.json()["jobs"]}
        changed = [[i, *seen] for i, seen in jobs.items() if self._known.get(i) != seen]
        missing = sorted(set(self._known) - set(jobs))
        if changed or missing:
            self._recorder.write(
                "observation", begin=begin, end=end, jobs=changed, missing=missing)
        self._known = jobs
        return {job: seen[0] for job, seen in jobs.items()}

    def _run(self) -> None:
        while not self._stopped.is_set():
            begin = now()
            try:
                self.look()
            except (ValueError, KeyError) as error:
                self._recorder.write("suite-error", error=repr(error))
            self._stopped.wait(max(1.0, 3 * (now() - begin)))
