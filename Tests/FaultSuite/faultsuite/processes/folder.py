"""Where a run keeps its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunFolder:
    """Paths below one folder, which is removed after a run that went well."""

    root: Path

    @property
    def log(self) -> Path:
        """What the processes say."""
        return self.root / "log"

    @property
    def bin(self) -> Path:
        """The executables, copied: a build during the run does not change them."""
        return self.root / "bin"

    @property
    def gateway(self) -> Path:
        return self.store / "gateway"

    @property
    def store(self) -> Path:
        """A small tmpfs, so that it can be filled."""
        return self.root / "store"

    @property
    def clocks(self) -> Path:
        """Each host's wall clock."""
        return self.root / "clocks"

    @property
    def records(self) -> Path:
        """What the jobs write about themselves, a folder for each."""
        return self.root / "records"

    @property
    def logs(self) -> Path:
        """The logs of all attempts, as the gateway gives them out."""
        return self.root / "logs"

    @property
    def history(self) -> Path:
        """The events of the run, one JSON object a line."""
        return self.root / "history.jsonl"

    @property
    def repositories(self) -> Path:
        return self.root / "git" / "repositories"

    @property
    def git(self) -> Path:
        return self.root / "git"

    @property
    def trust_root(self) -> Path:
        return self.root / "trust-root"

    def state(self, name: str) -> Path:
        """State directory of a worker or agent."""
        return self.root / name

    def make(self) -> None:
        for folder in (self.log, self.bin, self.store, self.clocks, self.records, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
