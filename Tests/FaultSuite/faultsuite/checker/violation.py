"""A promise that was not kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """Attributes: what kind, of which job (None: of none), and what shows it."""

    kind: str
    job: str | None
    evidence: str

    def __str__(self) -> str:
        return f"{self.kind}: {f'job {self.job}: ' if self.job else ''}{self.evidence}"
