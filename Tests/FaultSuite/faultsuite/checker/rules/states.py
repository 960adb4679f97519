"""A job only goes on: no epoch comes back, a final state is final, and no log becomes shorter."""

from __future__ import annotations

from collections.abc import Iterator

from ...history.history import History, Seen
from ...history.observer import FINAL_STATES
from ..violation import Violation


def states(history: History) -> Iterator[Violation]:
    last: dict[str, Seen] = {}
    observed = history.seen + [
        Seen(
            float("inf"), float("inf"), final.job, final.state, final.epoch,
            final.raw.get("log_length", float("inf")))
        for final in history.finals.values()]
    for one in observed:
        before = last.get(one.job)
        # Two observations that overlap in time say nothing about their order.
        if before is not None and before.end <= one.begin:
            yield from _compare(before, one)
        last[one.job] = one
    for time, job in history.missing:
        yield Violation("job-disappeared", job, f"listed before, not listed at {time:.1f}")
    for final in history.finals.values():
        if final.state not in FINAL_STATES:
            yield Violation(
                "not-final", final.job, f"{final.state}, long after the last fault: {final.reason}")


def _compare(before: Seen, after: Seen) -> Iterator[Violation]:
    words = (
        f"{before.state} of epoch {before.epoch} at {before.end:.1f}, then {after.state} of epoch "
        f"{after.epoch} at {after.begin:.1f}")
    if before.epoch == after.epoch and after.log_length < before.log_length:
        yield Violation(
            "log-went-back", after.job,
            f"{before.log_length} bytes at {before.end:.1f}, {after.log_length} at {after.begin:.1f}")
    if before.state in FINAL_STATES:
        if (before.state, before.epoch) != (after.state, after.epoch):
            yield Violation("final-state-left", after.job, words)
    elif after.epoch < before.epoch:
        yield Violation("epoch-went-back", after.job, words)
    elif (before.epoch, before.state, after.state) == (after.epoch, "running", "offered"):
        yield Violation("state-went-back", after.job, words)
