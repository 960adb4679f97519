"""A job's result is what its command has recorded about itself."""

from __future__ import annotations

from collections.abc import Iterator

from ...history.history import Final, History
from ...history.records import Execution
from ..influence import attempt_times, faults_at, is_explained
from ..violation import Violation


def results(history: History) -> Iterator[Violation]:
    by_attempt = {(one.job, one.epoch): one for one in history.main_executions()}
    for final in history.finals.values():
        plan = history.plans.get(final.token or "")
        if plan is None:
            continue
        execution = by_attempt.get((final.job, final.epoch))
        match final.state:
            case "succeeded":
                yield from _succeeded(final, execution)
            case "failed":
                yield from _failed(history, final, plan, execution)
            case "timed_out":
                if execution and execution.last - execution.start > plan["timeout"] + 8:
                    yield Violation(
                        "timeout-late", final.job,
                        f"ran {execution.last - execution.start:.1f} s of {plan['timeout']} s")
                if execution and execution.stop is not None:
                    yield from _must_be_late(final, plan, execution)
            case "cancelled":
                if not any(
                    one.operation == "cancel" and one.job == final.job
                    for one in history.operations
                ):
                    yield Violation("cancelled-by-nobody", final.job, final.reason)
            case "lost":
                if not is_explained(history, final.job, final.epoch):
                    yield Violation("lost-without-fault", final.job, final.reason)
                if not final.reason:
                    yield Violation("lost-without-reason", final.job, "the reason is empty")
    yield from _checkouts(history)


def _succeeded(final: Final, execution: Execution | None) -> Iterator[Violation]:
    if execution is None:
        yield Violation(
            "success-without-run", final.job, f"epoch {final.epoch} has recorded no start")
    elif execution.stop is None or execution.code != 0:
        yield Violation(
            "result-wrong", final.job,
            f"succeeded, and the command recorded exit code {execution.code}, "
            f"signal {execution.signal}, stop {execution.stop}")


def _failed(
    history: History, final: Final, plan: dict, execution: Execution | None
) -> Iterator[Violation]:
    code = final.exit_code
    if code is not None and (execution is None or execution.code != code):
        recorded = "no run" if execution is None else f"exit code {execution.code}"
        yield Violation(
            "result-wrong", final.job, f"failed with exit code {code}, recorded is {recorded}")
    if execution is not None and execution.stop is not None and execution.code == 0:
        yield Violation(
            "result-wrong", final.job, f"failed, and the command ended with 0: {final.reason}")
    if code is not None or (plan["signal"] and final.signal == plan["signal"]):
        return
    begin, end = attempt_times(history, final.job, final.epoch)
    worker = history.worker_of(final.job, final.epoch)
    targets = {"gateway", worker, "agents"} | {
        fault.target for fault in history.faults if fault.target.startswith("agent")}
    if not faults_at(history, targets, begin, end):
        yield Violation("failed-without-fault", final.job, final.reason)


def _must_be_late(final: Final, plan: dict, execution: Execution) -> Iterator[Violation]:
    assert execution.stop is not None
    if execution.stop - execution.start < plan["timeout"] - 3:
        yield Violation(
            "result-wrong", final.job,
            f"timed out, and the command ended after {execution.stop - execution.start:.1f} s")


def _checkouts(history: History) -> Iterator[Violation]:
    branches = dict(enumerate(history.branches))
    for execution in history.main_executions():
        plan = history.plans.get(execution.token)
        if plan is None or plan["branch"] is None or plan["branch"] not in branches:
            continue
        branch = branches[plan["branch"]]
        if execution.commit != branch["commit"]:
            yield Violation(
                "wrong-checkout", execution.job, f"commit {execution.commit} of {branch['name']}")
        elif execution.digest is not None and execution.digest != branch["digest"]:
            yield Violation(
                "wrong-checkout", execution.job,
                f"files of epoch {execution.epoch} are not those of {branch['name']}")
