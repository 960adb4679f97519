"""What the workers of Celery run. `BENCH_REDIS` is Redis's URL."""

from __future__ import annotations

import os
import subprocess

from celery import Celery

app = Celery("bench", broker=os.environ["BENCH_REDIS"], backend=os.environ["BENCH_REDIS"])


@app.task
def run(command: list[str]) -> str:
    """What the command prints; an error where it fails."""
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
