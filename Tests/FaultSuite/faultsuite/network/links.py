"""The runner's side of the emulator."""

from __future__ import annotations

import json
import subprocess
import sys
import threading

from .conditions import Conditions


class Links:
    """Starts the emulator and changes its links. Safe to use from several threads."""

    def __init__(self, hosts: list[str], seed: int) -> None:
        self._lock = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "faultsuite.network.emulator", str(seed), *hosts],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )
        self._read()

    def change(self, source: str, target: str, conditions: Conditions) -> None:
        """Of the packets that go from `source` to `target`."""
        self._ask(
            {"do": "change", "from": source, "to": target, "conditions": conditions.to_json()})

    def clear(self) -> None:
        """Ends the faults of all links."""
        self._ask({"do": "clear"})

    def counts(self) -> list[dict[str, object]]:
        """Packets that passed and were dropped, per direction."""
        return list(self._ask({"do": "count"})["directions"])  # type: ignore[call-overload]

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _ask(self, command: dict[str, object]) -> dict[str, object]:
        with self._lock:
            assert self.process.stdin is not None
            self.process.stdin.write(json.dumps(command).encode() + b"\n")
            self.process.stdin.flush()
            return self._read()

    def _read(self) -> dict[str, object]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the link emulator has ended")
        answer = json.loads(line)
        if not answer["ok"]:
            raise RuntimeError(f"the link emulator refused: {answer['error']}")
        return answer
