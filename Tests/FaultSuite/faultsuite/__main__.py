"""Gives a run its namespaces, and watches over them from outside and from inside.

Outside stays a process that passes signals on. Inside, process 1 of the PID namespace starts the run
and buries the dead: what loses its parent becomes its child, where the suite finds it. When it
ends, the kernel kills everything that is left, and takes down mounts and networks with it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import NoReturn

from .processes.graveyard import VARIABLE

CANNOT = 77
"""Exit code where this machine or user does not allow it."""

_CLONE_NEWNS = 0x00020000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000
_MS_REC_PRIVATE = 0x4000 | 0x40000
_PR_SET_PDEATHSIG = 1
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> int:
    """Ends with the exit code of `python3 -m faultsuite.run ARGUMENT...`."""
    try:
        _check(_libc.unshare(_CLONE_NEWNS | _CLONE_NEWNET | _CLONE_NEWPID))
        _check(_libc.mount(None, b"/", None, _MS_REC_PRIVATE, None))
    except OSError as error:
        print(f"faults: this machine does not allow namespaces: {error}", file=sys.stderr)
        return CANNOT
    child = os.fork()
    if child == 0:
        _be_init()
    _pass_signals_to(child)
    return _exit_code(os.waitpid(child, 0)[1])


def _be_init() -> NoReturn:
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL))
    _check(_libc.mount(b"proc", b"/proc", b"proc", 0, None))
    # Ctrl-C reaches the whole foreground group; here only what is passed on counts.
    os.setsid()
    reading, writing = os.pipe()
    run = os.fork()
    if run == 0:
        os.close(writing)
        os.set_inheritable(reading, True)
        os.environ[VARIABLE] = str(reading)
        os.execv(sys.executable, [sys.executable, "-m", "faultsuite.run", *sys.argv[1:]])
    _pass_signals_to(run)
    while True:
        ended, status = os.wait()
        if ended == run:
            os._exit(_exit_code(status))
        os.write(writing, f"{ended} {os.waitstatus_to_exitcode(status)}\n".encode())


def _pass_signals_to(process: int) -> None:
    for number in _PASSED_ON:
        signal.signal(number, lambda received, _: os.kill(process, received))


def _exit_code(status: int) -> int:
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    sys.exit(main())
