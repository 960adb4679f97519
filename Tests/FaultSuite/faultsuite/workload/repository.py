"""The repository that jobs fetch, with a few branches of different size."""

from __future__ import annotations

import random
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .digest import tree_digest

_SIZES = {"small": (20, 400), "medium": (60, 20_000), "large": (40, 300_000)}
"""Files of each branch, and bytes of each."""

_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Faults", "GIT_AUTHOR_EMAIL": "faults@example.invalid",
    "GIT_COMMITTER_NAME": "Faults", "GIT_COMMITTER_EMAIL": "faults@example.invalid",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}


@dataclass(frozen=True)
class Branch:
    """A branch that does not move during the run."""

    name: str
    commit: str
    digest: str


@dataclass(frozen=True)
class Repository:
    name: str
    branches: tuple[Branch, ...]


def make_repository(bare: Path, work: Path, seed: int) -> Repository:
    """Content is random and does not compress, so that a fetch takes as long as its size."""
    source = random.Random(f"{seed}/repository")
    _git("init", "--quiet", "--initial-branch=base", str(work))
    (work / "README").write_text("A repository for the fault suite.\n")
    _commit(work, "Base")
    branches = []
    for name, (count, size) in _SIZES.items():
        _git("-C", str(work), "checkout", "--quiet", "-b", name, "base")
        for number in range(count):
            file = work / f"part-{number % 7}" / f"file-{number}.bin"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(source.randbytes(source.randrange(size // 2, size)))
        _commit(work, f"Content of {name}")
        commit = _git("-C", str(work), "rev-parse", "HEAD")
        branches.append(Branch(name, commit, tree_digest(str(work))))
    _git("clone", "--quiet", "--bare", str(work), str(bare))
    shutil.rmtree(work)
    return Repository("team/app.git", tuple(branches))


def _commit(work: Path, message: str) -> None:
    _git("-C", str(work), "add", "--all")
    _git("-C", str(work), "commit", "--quiet", "-m", message)


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", *words], env=_ENVIRONMENT, check=True, capture_output=True, text=True)
    return done.stdout.strip()
