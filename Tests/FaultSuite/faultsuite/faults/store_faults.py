"""Faults of the gateway's store."""

from __future__ import annotations

import errno
import io
import os
import sqlite3

from .effect import Effect


class StoreFull(Effect):
    """Fills the file system of the database to the last byte."""

    def begin(self) -> dict[str, object] | None:
        self._filler = self.stack.folder.store / "filler"
        with open(self._filler, "wb", buffering=0) as file:
            # The gateway writes meanwhile: most is taken at once, what is left a page at a time.
            for size in (self._mostly_all(), 4096):
                while self._extend(file, size):
                    pass
            return {"bytes": file.tell()}

    def _mostly_all(self) -> int:
        free = os.statvfs(self.stack.folder.store)
        return max(free.f_bavail - 64, 1) * free.f_bsize

    @staticmethod
    def _extend(file: io.FileIO, size: int) -> bool:
        """False where that much does not fit any more."""
        try:
            os.posix_fallocate(file.fileno(), file.tell(), size)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return False
        file.seek(size, os.SEEK_CUR)
        return True

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
