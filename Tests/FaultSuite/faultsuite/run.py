"""One run inside its namespaces: from an empty folder to a verdict."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from . import options as command_line
from .plants.suite import run_plants
from .processes.folder import RunFolder
from .random_run import random_run
from .report import Report

CANNOT = 77
"""Exit code where this machine does not allow what a run needs."""


def main() -> int:
    options = command_line.parse(sys.argv[1:])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    if not os.path.exists("/dev/net/tun"):
        print("faults: there is no /dev/net/tun on this machine", file=sys.stderr)
        return CANNOT
    # Semaphores and the like of killed processes go with this mount namespace.
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "shm", "/dev/shm"], check=False)
    folder = RunFolder(Path(tempfile.mkdtemp(prefix="sallyport-faults.")))
    folder.make()
    keep = True
    # At once: a run that is interrupted, or that hangs, can be repeated as well.
    print(f"faults: seed {options.seed}", file=sys.stderr, flush=True)
    try:
        if options.plant is not None:
            succeeded = run_plants(options, folder)
        else:
            report = random_run(options, folder)
            _print(report, options.json, folder)
            succeeded = report.is_clean
        keep = options.keep or not succeeded
        return 0 if succeeded else 1
    except KeyboardInterrupt:
        print("faults: interrupted", file=sys.stderr)
        keep = options.keep
        return 130
    except ValueError as error:
        print(f"faults: {error}", file=sys.stderr)
        keep = False
        return 64
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        print(f"faults: {error}", file=sys.stderr)
        return 2
    finally:
        _tidy(folder, keep)


def _interrupt(number: int, _: object) -> None:
    # Once: the second Ctrl-C must not interrupt the tidying up.
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt(number)


def _print(report: Report, as_json: bool, folder: RunFolder) -> None:
    if as_json:
        print(json.dumps(report.to_json(folder.root), indent=2))
        return
    print(report.text(folder.root))


def _tidy(folder: RunFolder, keep: bool) -> None:
    """Copies what is on the tmpfs where the folder is kept: it ends with this process."""
    if keep:
        for run in [folder.root, *(path.parent for path in folder.root.glob("*/history.jsonl"))]:
            kept = RunFolder(run)
            for database in kept.store.glob("gateway/gateway.db*"):
                shutil.copy2(database, run / database.name)
            shutil.rmtree(kept.bin, ignore_errors=True)
        print(f"faults: kept {folder.root}", file=sys.stderr)
        return
    subprocess.run(["umount", "--recursive", "--lazy", str(folder.store)], check=False,
                   capture_output=True)
    for store in [*folder.root.glob("*/store"), *folder.root.glob("**/clocks/etc")]:
        subprocess.run(["umount", "--lazy", str(store)], check=False, capture_output=True)
    shutil.rmtree(folder.root, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
