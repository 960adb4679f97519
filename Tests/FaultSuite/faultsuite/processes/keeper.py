"""Starts again what ends by itself, as systemd would."""

from __future__ import annotations

import threading

from .stack import Stack

RESTART_SECONDS = 1.0


class Keeper:
    """Leaves alone the processes that a fault holds down."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._held: set[str] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def hold(self, name: str) -> None:
        """Does not start it until `release`."""
        with self._lock:
            self._held.add(name)

    def release(self, name: str) -> None:
        """Starts it where it does not run."""
        with self._lock:
            self._held.discard(name)
        self._stack.processes[name].start()

    def _run(self) -> None:
        while not self._stopped.wait(0.2):
            for name, process in self._stack.processes.items():
                if process.look():
                    continue
                if self._stopped.wait(RESTART_SECONDS):
                    return
                with self._lock:
                    if name not in self._held:
                        process.start()
