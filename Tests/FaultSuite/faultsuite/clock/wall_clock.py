"""Sets the wall clock of a process that was started with it."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("wall_clock.c")


class WallClockLibrary:
    """The library that is preloaded; made once per run."""

    def __init__(self, folder: Path) -> None:
        """Raises subprocess.CalledProcessError where there is no C compiler."""
        self.path = folder / "wall_clock.so"
        subprocess.run(
            ["cc" if _exists("cc") else "clang", "-shared", "-fPIC", "-O1", "-o", str(self.path),
             str(_SOURCE), "-ldl", "-pthread"],
            check=True,
        )


class WallClock:
    """The offset of one process's wall clock."""

    def __init__(self, library: WallClockLibrary, file: Path) -> None:
        self._library = library
        self._file = file
        self.set(0)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to obey this clock."""
        return {
            "LD_PRELOAD": str(self._library.path), "SALLYPORT_FAULTS_WALL_CLOCK": str(self._file)}

    def set(self, seconds: int) -> None:
        """Jumps to `seconds` off the real time, at once."""
        # Eight aligned bytes in one write: no reader sees half of them.
        with open(self._file, "r+b" if self._file.exists() else "w+b", buffering=0) as file:
            file.write(struct.pack("<q", seconds))


def _exists(program: str) -> bool:
    return subprocess.run(["which", program], capture_output=True, check=False).returncode == 0
