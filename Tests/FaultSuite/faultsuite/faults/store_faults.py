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
            free = os.statvfs(self.stack.folder.store)
            if free.f_bavail > 64:
                written = (free.f_bavail - 64) * free.f_bsize
                os.posix_fallocate(file.fileno(), 0, written)
                file.seek(0, os.SEEK_END)
            # The gateway writes meanwhile: what is left is taken a page at a time.
            while True:
                try:
                    written += file.write(bytes(4096))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    break
        return {"bytes": written}

    def end(self) -> None:
        self._filler.unlink(missing_ok=True)


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
