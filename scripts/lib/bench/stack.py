"""`scripts/stack`, one command at a time."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .sites import LOOPBACK, Site


class Stack:
    """A whole Sallyport on loopback; it ends when the with statement does, or this process."""

    def __init__(
        self, program: str | Path, binaries: str | Path, folder: Path,
        environment: Mapping[str, str] | None = None, site: Site = LOOPBACK
    ) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            list(map(str, site.command([program, binaries, folder]))), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, start_new_session=True,
            env={**os.environ, **(environment or {})})

    def __enter__(self) -> Stack:
        return self

    def __exit__(self, *_) -> None:
        self.end()

    def ask(self, *words: str) -> list[str]:
        """The values of the answer; see scripts/stack for commands and answers."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write("\t".join(words) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().split()
        if not answer or answer[0] != "ok":
            raise RuntimeError(f"stack: {' '.join(words)} failed")
        return answer[1:]

    def sallyport(self, *arguments: str) -> None:
        """An operator's command that has to succeed."""
        if (status := self.ask("sallyport", *arguments)) != ["0"]:
            log = (self.folder / "log/cli.log").read_text(errors="replace")
            raise RuntimeError(f"sallyport {' '.join(arguments)} ended with {status}: {log[-500:]}")

    def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
