"""A random workload under a random schedule of faults, both from one seed."""

from __future__ import annotations

import threading
import time

from .bench import Bench, bench
from .boottime import now
from .checker.check import check
from .faults.injector import Injector
from .faults.kinds import available_kinds
from .faults.schedule import make_schedule
from .history.history import read_history
from .options import Options
from .processes.folder import RunFolder
from .processes.stack import STORE_BYTES, Shape
from .report import Report
from .workload.driver import Driver
from .workload.plan import JobPlan, make_plans

STORE_BYTES_PER_MINUTE = 32 * 1024 * 1024
"""Room for the logs of a minute."""

SETTLE_SECONDS = 240.0
"""After the last fault: a lease, reconnecting, and the longest jobs with all their attempts."""

UNANSWERED_SECONDS = 60.0
"""How long operations without an answer are repeated after the last fault."""


def random_run(options: Options, folder: RunFolder) -> Report:
    """Raises ValueError for a kind of fault that there is not, RuntimeError where a part fails."""
    shape = Shape(store_bytes=STORE_BYTES + int(options.minutes * STORE_BYTES_PER_MINUTE))
    seconds = options.minutes * 60
    begin = time.monotonic()
    with bench(options.root, folder, options.executables, shape, options.seed) as made:
        kinds = available_kinds(made.stack.operator, options.only)
        faults = make_schedule(options.seed, seconds, shape, kinds)
        plans = make_plans(
            options.seed, seconds, {pool: shape.zones_of(pool) for pool in shape.pools},
            len(made.stack.git_server.repository.branches), options.jobs_per_second)
        _warm_up(made)
        made.collector.resources("baseline")
        made.recorder.write("branches", branches=[
            branch.__dict__ for branch in made.stack.git_server.repository.branches])

        injector = Injector(made.stack, made.keeper, made.recorder)
        faulting = threading.Thread(target=injector.run, args=(faults,), name="injector")
        faulting.start()
        try:
            driver = Driver(made.stack.operator, made.submission, made.recorder)
            driver.run(plans, now() + seconds + UNANSWERED_SECONDS)
            faulting.join()
        finally:
            injector.stop()
            faulting.join()
        made.stack.links.clear()
        made.recorder.write("faults-over")
        made.settle(SETTLE_SECONDS)
        made.observer.stop()
        made.collect()
    history = read_history(folder.history, folder.records)
    return Report.of(
        history, check(history), options.seed, options.minutes, time.monotonic() - begin)


def _warm_up(made: Bench) -> None:
    """A few jobs of every sort, so that what is loaded and cached once is not counted as a leak."""
    pools = made.stack.shape.pools
    plans = [
        JobPlan(
            token=f"warm-{number:02}", kind="short", at=number * 0.2,
            pool=pools[number % len(pools)], key=f"warm-{number}", seconds=1.0, chunks=200,
            chunk_bytes=2_000, branch=number % 3)
        for number in range(16)]
    Driver(made.stack.operator, made.submission, made.recorder).run(plans, now() + 60)
    if not made.settle(60):
        raise RuntimeError("the first jobs did not end, without any fault")
