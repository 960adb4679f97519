"""`scripts/stack`, one command at a time."""

from __future__ import annotations

import subprocess
from pathlib import Path


class Stack:
    """A whole Sallyport on loopback; it ends when the with statement does, or this process."""

    def __init__(self, program: str | Path, binaries: str | Path, folder: Path) -> None:
        self._process = subprocess.Popen(
            [str(program), str(binaries), str(folder)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, start_new_session=True)

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

    def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
