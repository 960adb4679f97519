"""The operator's command line, on the gateway's host, where no link is in its way."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..network.namespaces import entering

RPC_TIMEOUT_SECONDS = 8
PROCESS_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """How a command ended; `status` is None where it did not within its time."""

    status: int | None
    output: bytes
    error: str

    @property
    def is_ok(self) -> bool:
        return self.status == 0

    @property
    def is_refusal(self) -> bool:
        """The gateway, or the command line itself, said no: nothing was done."""
        return self.status in (1, 64, 65, 77, 78)

    def json(self) -> Any:
        return json.loads(self.output)


class Operator:
    """Runs `sallyport` with the first operator's credentials."""

    def __init__(self, executable: Path, directory: Path, host: str, endpoint: str) -> None:
        self._executable = str(executable)
        self._host = host
        self._environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
            "SALLYPORT_OPERATOR_DIR": str(directory),
            "SALLYPORT_OPERATOR_GATEWAY_ENDPOINT": endpoint,
        }
        self._helps: dict[str, str] = {}

    def run(self, *words: str, timeout: float = PROCESS_TIMEOUT_SECONDS) -> Answer:
        """Never raises for what the command does."""
        try:
            done = subprocess.run(
                entering(self._host) + [self._executable, *words], env=self._environment,
                stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False,
                cwd="/",
            )
        except subprocess.TimeoutExpired:
            return Answer(None, b"", f"no answer within {timeout} s")
        return Answer(done.returncode, done.stdout, done.stderr.decode(errors="replace"))

    def call(self, *words: str) -> Answer:
        """A command that makes one call, as JSON."""
        words = (*words, "--output", "json", "--timeout-rpc", f"{RPC_TIMEOUT_SECONDS}s")
        return self.run(*words)

    def must(self, *words: str) -> Answer:
        """Raises RuntimeError where the command fails."""
        answer = self.run(*words)
        if not answer.is_ok:
            raise RuntimeError(f"sallyport {' '.join(words)}: {answer.error.strip()}")
        return answer

    def has(self, command: str, option: str = "") -> bool:
        """Whether these executables know `command`, and `option` of it."""
        if command not in self._helps:
            answer = self.run(*command.split(), "--help")
            self._helps[command] = answer.output.decode() if answer.is_ok else ""
        # The help of an unknown subcommand is its parent's.
        text = self._helps[command]
        return f"sallyport {command}" in text and option in text
