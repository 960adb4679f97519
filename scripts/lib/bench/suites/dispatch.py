"""From a job's submission to its output: Sallyport, Celery with Redis, and Buildbot.

All run the same command, two at a time, and confirm nothing that is not on disk: Redis synchronises
its log with each write, Buildbot has its database in SQLite.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from ..bench import Bench, Suite, free_port
from ..dispatch import BUILDBOT_PASSWORD, BUILDBOT_WORKERS
from ..figures import Figure, Sample, quantile
from ..processes import Service, Usage, usage

CELERY, BUILDBOT = "Celery + Redis", "Buildbot"
STAGES = ("accepted", "first", "final")


class Side:
    """A dispatcher that runs, and its client.

    Attributes:
        services: Process ids by what they are.
    """

    def __init__(
        self, bench: Bench, module: str, arguments: list[str], services: dict[str, int],
        environment: dict[str, str] | None = None
    ) -> None:
        self._client = bench.start(
            f"client-{module}",
            [bench.venv / "bin/python", "-m", f"bench.dispatch.{module}", *arguments],
            library(bench) | (environment or {}),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if not self._client.process.stdout.readline():
            raise RuntimeError(f"{module}: {self._client.log.read_text()[-2000:]}")
        self._services = services | {"client": self._client.pid}

    def stages(self, jobs: int) -> Sample:
        """One job after the other."""
        times, processes = self._ask({"stages": jobs})
        values = {
            f"{stage}-{name}": quantile([one[stage] for one in times], q) * 1e3
            for stage in STAGES for name, q in (("p50", 0.5), ("p99", 0.99))}
        return Sample(values, processes, {"jobs": jobs, "at_once": 1})

    def burst(self, jobs: int) -> Sample:
        """All jobs submitted at once, two running."""
        seconds, processes = self._ask({"burst": jobs})
        cpu = sum(cost.cpu_seconds for cost in processes.values())
        return Sample(
            {"rate": jobs / seconds, "cpu": cpu / jobs * 1e3}, processes,
            {"jobs": jobs, "at_once": 2})

    def _ask(self, request: dict) -> tuple:
        before = self._usages()
        process = self._client.process
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the client ended: {self._client.log.read_text()[-2000:]}")
        after = self._usages()
        return json.loads(answer), {name: after[name].since(before[name]) for name in after}

    def _usages(self) -> dict[str, Usage]:
        return {name: usage(pid) for name, pid in self._services.items()}


def library(bench: Bench) -> dict[str, str]:
    return {"PYTHONPATH": str(bench.root / "scripts/lib")}


def start_sallyport(bench: Bench) -> Side:
    stack = bench.start_stack()
    gateway, _, _, endpoint, operator = stack.ask("gateway")
    stack.ask("trust-root")
    worker = stack.ask("worker", "worker-1")[0]
    return Side(
        bench, "sallyport", [str(bench.root / "protos"), operator, endpoint, "builders"],
        {"gateway": int(gateway), "worker": int(worker)})


def start_redis(bench: Bench) -> tuple[Service, str]:
    """Redis that has every write on disk before it answers, and its URL."""
    folder = bench.folder / "redis"
    folder.mkdir()
    port = free_port()
    redis = bench.start(
        "redis", ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder,
                  "--appendonly", "yes", "--appendfsync", "always", "--save", ""])
    redis.wait_for_port(port)
    return redis, f"redis://127.0.0.1:{port}/0"


def start_celery(bench: Bench) -> Side:
    redis, url = start_redis(bench)
    environment = {"BENCH_REDIS": url}
    worker = bench.start(
        "celery",
        [bench.venv / "bin/celery", "-A", "bench.dispatch.celery_app", "worker",
         "--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO"],
        library(bench) | environment | {"C_FORCE_ROOT": "1"})
    worker.wait_for_line(" ready.")
    return Side(
        bench, "celery_client", [], {"redis": redis.pid, "worker": worker.pid}, environment)


def start_buildbot(bench: Bench) -> Side:
    folder = bench.folder / "buildbot"
    folder.mkdir()
    events, workers_port, http_port = str(folder / "events"), free_port(), free_port()
    environment = library(bench) | {
        "BENCH_EVENTS": events, "BENCH_WORKERS_PORT": str(workers_port),
        "BENCH_HTTP_PORT": str(http_port)}
    program = bench.venv / "bin/buildbot"
    configuration = Path(__file__).parent.parent / "dispatch/buildbot_master.py"
    made = bench.start("buildbot-create", [
        program, "create-master", "--config", configuration, folder / "master"], environment)
    if made.process.wait():
        raise RuntimeError(made.log.read_text()[-2000:])
    master = bench.start("buildbot", [program, "start", "--nodaemon", folder / "master"], environment)
    master.wait_for_port(http_port)
    services = {"master": master.pid}
    for name in BUILDBOT_WORKERS:
        services[f"worker-{name}"] = start_buildbot_worker(bench, name, workers_port).pid
    side = Side(bench, "buildbot_client", [str(http_port), events], services, environment)
    return side


def start_buildbot_worker(bench: Bench, name: str, port: int) -> Service:
    folder = bench.folder / "buildbot" / name
    program = bench.venv / "bin/buildbot-worker"
    made = bench.start(f"buildbot-create-{name}", [
        program, "create-worker", folder, f"127.0.0.1:{port}", name, BUILDBOT_PASSWORD])
    if made.process.wait():
        raise RuntimeError(made.log.read_text()[-2000:])
    return bench.start(f"buildbot-{name}", [program, "start", "--nodaemon", folder])


def measure(bench: Bench) -> None:
    ours, celery, buildbot = start_sallyport(bench), start_celery(bench), start_buildbot(bench)
    jobs, slow_jobs = bench.scale(200, 20), bench.scale(20, 4)
    bench.compare(
        "stages",
        [Figure(f"{stage}-{name}", "ms", "lower", at_most=1 if stage == "first" else None)
         for stage in STAGES for name in ("p50", "p99")],
        lambda: ours.stages(jobs),
        {CELERY: lambda: celery.stages(jobs), BUILDBOT: lambda: buildbot.stages(slow_jobs)})
    bench.compare(
        "throughput",
        [Figure("rate", "jobs/s", "higher", at_least=1), Figure("cpu", "CPU-ms/job", "lower")],
        lambda: ours.burst(bench.scale(500, 100)),
        {CELERY: lambda: celery.burst(bench.scale(1_000, 200)),
         BUILDBOT: lambda: buildbot.burst(bench.scale(20, 4))})


SUITE = Suite(
    name="dispatch", summary="a job from its submission to its output and its end",
    run=measure, comparisons=("stages", "throughput"),
    debian=("redis-server", "nginx-light", "fcgiwrap", "openssl"),
    pypi=("grpcio", "grpcio-tools", "celery[redis]", "buildbot", "buildbot-www",
          "buildbot-worker"),
    uses_executables=True)
