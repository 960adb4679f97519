"""From a job's submission to its output: Sallyport, Celery with Redis, and Buildbot.

All run the same command, two at a time, and confirm nothing that is not on disk: Redis synchronises
its log with each write, Buildbot has its database in SQLite.
"""

from __future__ import annotations

from pathlib import Path

from ..bench import Bench, Suite, free_port
from ..dispatch import BUILDBOT_PASSWORD, BUILDBOT_WORKERS
from ..dispatch.side import STAGES, Side, library, sallyport_client
from ..figures import Figure
from ..processes import Service

CELERY, BUILDBOT = "Celery + Redis", "Buildbot"


def start_sallyport(bench: Bench) -> Side:
    stack = bench.start_stack()
    gateway, _, _, endpoint, operator = stack.ask("gateway")
    stack.ask("trust-root")
    worker = stack.ask("worker", "worker-1")[0]
    return sallyport_client(
        bench, "sallyport", operator, endpoint, {"gateway": int(gateway), "worker": int(worker)})


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
        bench, "celery", "celery_client", [], {"redis": redis.pid, "worker": worker.pid}, environment)


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
    return Side(
        bench, "buildbot", "buildbot_client", [str(http_port), events], services, environment)


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
