"""Scenarios for bugs of the gateway."""

from __future__ import annotations

import time

from .scenario import Director, Scenario


def _finish_late(director: Director) -> None:
    """A job ends well while its worker is cut off; its lease runs out; then the worker is back."""
    plan = director.plan("short", seconds=3.0)
    director.submit(plan)
    director.wait_for_start(plan)
    director.begin("cut", director.worker)
    director.wait_for_record(plan, "stop")
    director.wait_for_end()
    director.end_faults()
    _wait_until_idle(director)


def _crash_with_log(director: Director) -> None:
    """The gateway is killed just after an operator has seen how long a log is; nobody can send that
    log again before the operator looks once more."""
    plan = director.plan("chatty", seconds=40.0, chunks=400, chunk_bytes=2_000)
    director.submit(plan)
    director.wait_for_start(plan)
    for _ in range(3):
        size = director.printed(plan)
        director.wait(lambda: director.printed(plan) > size + 20_000, "more of the log")
        director.begin("stop-worker-short", director.worker)
        director.bench.observer.look()
        director.begin("kill-gateway", "gateway")
        director.end_last_fault()
        director.wait(lambda: director.bench.observer.look() is not None, "the gateway's return")
        director.end_faults()


def _crash_with_submit(director: Director) -> None:
    """The gateway is killed as soon as it has acknowledged a submit."""
    for _ in range(3):
        director.submit(director.plan("short"))
        director.begin("kill-gateway", "gateway")
        director.end_faults()
        director.wait_for_end()


def _lose_a_log(director: Director) -> None:
    """A worker is cut off, its job prints, and both are killed: the log's end is gone."""
    plan = director.plan("chatty", seconds=6.0, chunks=60, chunk_bytes=60_000)
    director.submit(plan)
    director.wait_for_start(plan)
    director.begin("cut", director.worker)
    director.wait(lambda: director.printed(plan) > 500_000, "much output")
    director.begin("kill-worker-long", director.worker)
    director.wait_for_end()
    director.end_faults()
    _wait_until_idle(director)


def _wait_until_idle(director: Director) -> None:
    """Until the worker is connected again and has nothing left to report or to tidy up."""
    def is_idle() -> bool:
        answer = director.stack.operator.call("worker", "list")
        return answer.is_ok and all(
            worker["state"] == "online" for worker in answer.json()["workers"]
        ) and not director.bench.collector.leftovers()
    director.wait(is_idle, "the worker's return")
    _wait(director, 3.0)


def _wait(director: Director, seconds: float) -> None:
    """For something that must not happen, which no event tells."""
    time.sleep(seconds)


GATEWAY_SCENARIOS = (
    Scenario(
        "finish-without-epoch-check", frozenset({"final-state-left", "stale-finish-accepted"}),
        _finish_late),
    Scenario(
        "acknowledge-log-before-commit",
        frozenset({"log-went-back", "log-cut", "log-differs", "log-incomplete-without-fault"}),
        _crash_with_log),
    Scenario("acknowledge-submit-before-commit", frozenset({"submit-lost"}), _crash_with_submit),
    Scenario("every-log-complete", frozenset({"log-cut"}), _lose_a_log),
)
