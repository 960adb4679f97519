"""Each acknowledged submit is a job, and each key is one job at most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...history.history import History
from ..violation import Violation


def submits(history: History) -> Iterator[Violation]:
    acknowledged: dict[str, set[str]] = defaultdict(set)
    asked = {one.token for one in history.operations if one.operation == "submit"}
    for one in history.operations:
        if one.operation != "submit":
            continue
        if one.outcome == "ok" and one.job:
            acknowledged[one.key].add(one.job)
        elif one.outcome == "refused":
            yield Violation("submit-refused", one.job, f"{one.token}: {one.error}")
    for key, jobs in acknowledged.items():
        if len(jobs) > 1:
            yield Violation(
                "key-used-twice", None, f"key {key} was answered with {', '.join(sorted(jobs))}")
        for job in jobs - set(history.finals):
            yield Violation("submit-lost", job, f"acknowledged for key {key}, and does not exist")
    by_token: dict[str, list[str]] = defaultdict(list)
    for final in history.finals.values():
        if final.token is None or final.token not in asked:
            yield Violation("job-from-nowhere", final.job, "nobody has submitted it")
        else:
            by_token[final.token].append(final.job)
    for token, found in by_token.items():
        if len(found) > 1:
            yield Violation("job-doubled", found[0], f"{token} is also {', '.join(found[1:])}")
    known = {final.token for final in history.finals.values()}
    for token in sorted(asked - known):
        if not any(acknowledged.get(one.key) for one in history.operations if one.token == token):
            yield Violation(
                "submit-never-accepted", None, f"{token} got no answer, long after the last fault")
