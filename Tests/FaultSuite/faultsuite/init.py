"""Process 1 of a run's PID namespace: starts the run and buries the dead.

What loses its parent becomes a child of this process, where the suite finds it. When this process
ends, the kernel kills everything that is left, and takes down mounts and networks with it.
"""

from __future__ import annotations

import os
import signal
import sys


def main() -> int:
    """Runs `python3 -m faultsuite.run ARGUMENT...` and ends with its exit code."""
    run = os.fork()
    if run == 0:
        os.execv(sys.executable, [sys.executable, "-m", "faultsuite.run", *sys.argv[1:]])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: os.kill(run, received))
    while True:
        try:
            child, status = os.wait()
        except InterruptedError:
            continue
        if child == run:
            return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 1


if __name__ == "__main__":
    sys.exit(main())
