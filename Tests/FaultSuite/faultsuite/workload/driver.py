"""Submits and cancels the planned jobs at their times, whatever the gateway says meanwhile."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ..boottime import now
from ..history.recorder import Recorder
from ..processes.operator import Answer, Operator
from .plan import JobPlan
from .submission import Submission

CALLS_AT_ONCE = 6
RETRY_SECONDS = 1.5


class Driver:
    """Each operation is recorded with its beginning, its end, and what is known of its outcome.

    A submit or cancellation without an answer is repeated, with the same key, until `deadline`.
    """

    def __init__(
        self, operator: Operator, submission: Submission, recorder: Recorder,
    ) -> None:
        self._operator = operator
        self._submission = submission
        self._recorder = recorder
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._open = 0
        self._condition = threading.Condition()
        self._deadline = 0.0
        self.jobs: dict[str, str] = {}

    def run(self, plans: list[JobPlan], deadline: float) -> None:
        """Back when each operation is answered, or at `deadline` (boot time)."""
        begin = now()
        self._deadline = deadline
        for plan in plans:
            self._recorder.write("plan", **plan.__dict__)
            self._at(begin + plan.at, lambda plan=plan: self._submit(plan, False))
        with ThreadPoolExecutor(CALLS_AT_ONCE, "driver") as pool:
            while True:
                with self._condition:
                    if not self._queue and not self._open:
                        return
                    wait = (self._queue[0][0] if self._queue else now() + 0.5) - now()
                    if wait > 0:
                        self._condition.wait(min(wait, 0.5))
                        continue
                    _, _, action = heapq.heappop(self._queue)
                    self._open += 1
                pool.submit(self._perform, action)

    def _perform(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - a defect of the suite must be seen
            self._recorder.write("suite-error", error=repr(error))
        finally:
            with self._condition:
                self._open -= 1
                self._condition.notify()

    def _at(self, time: float, action: Callable[[], None]) -> None:
        with self._condition:
            self._count += 1
            heapq.heappush(self._queue, (time, self._count, action))
            self._condition.notify()

    def _submit(self, plan: JobPlan, is_repeat: bool) -> None:
        begin = now()
        answer = self._operator.run(*self._submission.words(plan))
        job = answer.json()["id"] if answer.is_ok else None
        self._record("submit", plan, begin, answer, job=job, repeat=is_repeat)
        if answer.is_refusal:
            return
        if not answer.is_ok:
            self._again(lambda: self._submit(plan, is_repeat))
            return
        is_first = self.jobs.setdefault(plan.token, job) == job and not is_repeat
        if is_first and plan.duplicate:
            self._at(now() + 2.0, lambda: self._submit(plan, True))
        if is_first and plan.cancel_after is not None:
            self._at(now() + plan.cancel_after, lambda: self._cancel(plan, job))

    def _cancel(self, plan: JobPlan, job: str) -> None:
        begin = now()
        answer = self._operator.call("job", "cancel", job, "--reason", "the fault suite")
        state = answer.json().get("state") if answer.is_ok else None
        self._record("cancel", plan, begin, answer, job=job, state=state)
        if not answer.is_ok and not answer.is_refusal:
            self._again(lambda: self._cancel(plan, job))

    def _again(self, action: Callable[[], None]) -> None:
        if now() < self._deadline:
            self._at(now() + RETRY_SECONDS, action)

    def _record(
        self, operation: str, plan: JobPlan, begin: float, answer: Answer, **values: object
    ) -> None:
        outcome = "ok" if answer.is_ok else "refused" if answer.is_refusal else "unknown"
        self._recorder.write(
            "operation", operation=operation, token=plan.token, key=plan.key, begin=begin,
            end=now(), outcome=outcome, status=answer.status,
            error=answer.error.strip()[-300:] if not answer.is_ok else "", **values)
