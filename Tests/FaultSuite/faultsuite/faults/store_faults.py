"""Faults of the gateway's store."""

from __future__ import annotations

import errno
import os
import sqlite3

from .effect import Effect


class StoreFull(Effect):
    """Fills the file system of the database to the last byte."""

    def begin(self) -> dict[str, object] | None:
        self._filler = self.stack.folder.store / "filler"
        written = 0
        with open(self._filler, "wb", buffering=0) as file:
            for size in (1 << 20, 4096):
                block = b"\0" * size
                while True:
                    try:
                        written += file.write(block)
                    except OSError as error:
                        if error.errno != errno.ENOSPC:
                            raise
                        break
        return {"bytes": written}

    def end(self) -> None:
        os.unlink(self._filler)


class StoreLocked(Effect):
    """Another process holds the database's write lock, as a backup that hangs would."""

    def begin(self) -> dict[str, object] | None:
        path = self.stack.folder.gateway / "gateway.db"
        self._connection = sqlite3.connect(path, timeout=10, check_same_thread=False)
        self._connection.isolation_level = None
        self._connection.execute("BEGIN IMMEDIATE")
        return {}

    def end(self) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()
