"""What a run has shown, for people and for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .checker.violation import Violation
from .history.history import History


@dataclass(frozen=True)
class Report:
    """Attributes count what has happened; `violations` are what should not have."""

    seed: int
    minutes: float
    took: float
    jobs: int
    attempts: int
    states: dict[str, int]
    faults: dict[str, int]
    violations: tuple[Violation, ...]

    @property
    def is_clean(self) -> bool:
        return not self.violations

    @staticmethod
    def of(
        history: History, violations: list[Violation], seed: int, minutes: float, took: float
    ) -> Report:
        return Report(
            seed=seed, minutes=minutes, took=took, jobs=len(history.finals),
            attempts=sum(1 for one in history.executions if one.role == "main"),
            states=dict(Counter(final.state for final in history.finals.values())),
            faults=dict(Counter(fault.kind for fault in history.faults)),
            violations=tuple(violations))

    def to_json(self, folder: Path) -> dict[str, object]:
        return {
            "ok": self.is_clean, "seed": self.seed, "minutes": self.minutes,
            "took_seconds": round(self.took), "jobs": self.jobs, "attempts": self.attempts,
            "states": self.states, "faults": self.faults, "folder": str(folder),
            "violations": [violation.__dict__ for violation in self.violations]}

    def text(self, folder: Path) -> str:
        """The last line begins with `faults ok:` where, and only where, all is well."""
        lines = [str(violation) for violation in self.violations]
        states = ", ".join(f"{name} {count}" for name, count in sorted(self.states.items()))
        lines.append(f"{self.jobs} jobs, {self.attempts} attempts that ran: {states}")
        faults = ", ".join(f"{kind} {count}" for kind, count in sorted(self.faults.items()))
        counts = (
            f"seed {self.seed}, {self.minutes:g} min, {self.jobs} jobs, "
            f"{sum(self.faults.values())} faults ({faults}), {len(self.violations)} violations")
        if self.is_clean:
            lines.append(f"faults ok: {counts}")
        else:
            kinds = Counter(violation.kind for violation in self.violations)
            lines.append(", ".join(f"{kind} {count}" for kind, count in kinds.items()))
            lines.append(f"faults found violations: {counts}; the evidence is in {folder}")
        return "\n".join(lines)
