"""At most one completion of a job is accepted: by the audit log, which is written with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...history.history import History
from ..violation import Violation


def completions(history: History) -> Iterator[Violation]:
    accepted: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    ended: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for record in history.audit:
        job, _, epoch = record["object"].partition("/")
        if not epoch.isdigit():
            continue
        if record["action"] == "attempt.finish" and record["decision"] == "allowed":
            accepted[job].append((record["sequence"], int(epoch), record.get("detail", "")))
        elif record["action"] == "attempt.end":
            ended[job].append((record["sequence"], int(epoch)))
    for job, found in accepted.items():
        successes = [epoch for _, epoch, detail in found if detail == "succeeded"]
        if len(successes) > 1:
            yield Violation("succeeded-twice", job, f"epochs {successes} were both recorded")
        epochs = [epoch for _, epoch, _ in found]
        for epoch in sorted({epoch for epoch in epochs if epochs.count(epoch) > 1}):
            yield Violation("finish-accepted-twice", job, f"of epoch {epoch}")
        if epochs != sorted(epochs):
            yield Violation("stale-finish-accepted", job, f"epochs in this order: {epochs}")
        for sequence, epoch, detail in found:
            if any(over >= epoch and end < sequence for end, over in ended[job]):
                yield Violation(
                    "stale-finish-accepted", job,
                    f"{detail} of epoch {epoch}, which the gateway had ended before")
        final = history.finals.get(job)
        if final is None:
            continue
        for _, epoch, detail in found:
            # A job that is to be cancelled is, also where its worker only says that it was lost.
            was_lost = detail == "lost" and final.state == "cancelled"
            if epoch == final.epoch and detail != final.state and not was_lost:
                yield Violation(
                    "finish-not-kept", job,
                    f"{detail} of epoch {epoch} was accepted, the job is {final.state}")
            if epoch > final.epoch:
                yield Violation("finish-not-kept", job, f"of epoch {epoch}, it is at {final.epoch}")
