"""Runs the scenarios of planted bugs and compares what the checker says with what it must say."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

from ..bench import bench
from ..checker.check import check
from ..checker.violation import Violation
from ..history.history import read_history
from ..options import Options
from ..processes.folder import RunFolder
from ..processes.stack import Shape
from .gateway import GATEWAY_SCENARIOS
from .scenario import Director, Scenario
from .worker import WORKER_SCENARIOS

SCENARIOS = {scenario.name: scenario for scenario in (*GATEWAY_SCENARIOS, *WORKER_SCENARIOS)}

SETTLE_SECONDS = 90.0


@dataclass(frozen=True)
class Verdict:
    """What the checker found in one scenario; `clean` is what it found without the bug, None where
    that was not run."""

    scenario: Scenario
    found: list[Violation]
    clean: list[Violation] | None

    @property
    def is_caught(self) -> bool:
        return any(violation.kind in self.scenario.expected for violation in self.found)

    @property
    def is_as_expected(self) -> bool:
        return self.is_caught and not self.clean


def run_plants(options: Options, folder: RunFolder) -> bool:
    """Whether all went as `--expect` says; without it, whether the checker found nothing.

    Raises:
        ValueError: There is no such planted bug.
        RuntimeError: A scenario could not be played.
    """
    names = list(SCENARIOS) if options.plant == "all" else [options.plant or ""]
    if unknown := [name for name in names if name not in SCENARIOS]:
        raise ValueError(f"no scenario '{unknown[0]}'; there are: {', '.join(SCENARIOS)}")
    verdicts = []
    for name in names:
        scenario = SCENARIOS[name]
        clean = _play(options, folder, scenario, False) if options.expect else None
        verdict = Verdict(scenario, _play(options, folder, scenario, True), clean)
        verdicts.append(verdict)
        if not options.json:
            print(_text(verdict), flush=True)
    if options.json:
        print(json.dumps([_json(verdict) for verdict in verdicts], indent=2))
    if not options.expect:
        return not any(verdict.found for verdict in verdicts)
    caught = sum(verdict.is_as_expected for verdict in verdicts)
    if caught < len(verdicts):
        print(f"faults: {caught} of {len(verdicts)} planted bugs as expected", file=sys.stderr)
        return False
    if not options.json:
        print(f"faults ok: seed {options.seed}, {caught} planted bugs caught, clean without them")
    return True


def _play(
    options: Options, folder: RunFolder, scenario: Scenario, is_planted: bool
) -> list[Violation]:
    own = RunFolder(folder.root / f"{scenario.name}-{'planted' if is_planted else 'clean'}")
    own.make()
    shape = Shape(
        {f"worker-{number + 1}": "builders" for number in range(scenario.workers)},
        scenario.agents)
    points = scenario.name if is_planted else ""
    with bench(options.root, own, options.executables, shape, options.seed, points) as made:
        made.collector.resources("baseline")
        director = Director(made)
        try:
            scenario.act(director)
        finally:
            director.end_faults()
        made.settle(SETTLE_SECONDS)
        made.observer.stop()
        made.collect()
    return check(read_history(own.history, own.records))


def _text(verdict: Verdict) -> str:
    lines = [f"{verdict.scenario.name}: {'caught' if verdict.is_caught else 'NOT CAUGHT'}"]
    lines += [f"  {violation}" for violation in verdict.found]
    if verdict.clean is not None:
        lines.append(f"  without the bug: {len(verdict.clean)} violations")
        lines += [f"    {violation}" for violation in verdict.clean]
    return "\n".join(lines)


def _json(verdict: Verdict) -> dict[str, object]:
    return {
        "plant": verdict.scenario.name, "caught": verdict.is_caught,
        "expected": sorted(verdict.scenario.expected),
        "violations": [violation.__dict__ for violation in verdict.found],
        "without": None if verdict.clean is None else [one.__dict__ for one in verdict.clean]}
