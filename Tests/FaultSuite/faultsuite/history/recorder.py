"""Writes the history, one JSON object a line."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from ..boottime import now


class Recorder:
    """Safe to use from several threads; each event has the time at which it was written."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "a", encoding="utf-8")
        self._lock = threading.Lock()

    def write(self, what: str, **values: Any) -> None:
        line = json.dumps({"what": what, "time": now(), **values}, separators=(",", ":"))
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()

    def close(self) -> None:
        with self._lock:
            self._file.close()
