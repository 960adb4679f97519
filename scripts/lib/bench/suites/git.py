"""A large repository through the sealed relay, beside `git clone` from the same server over HTTPS."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ..bench import Bench, Suite, note
from ..dispatch.side import Side, sallyport_client
from ..figures import Figure, Sample
from ..processes import Usage, run, usage

REPOSITORY, VCS_POOL, BRANCH = "app.git", "on-prem", "main"
DIRECT = "git clone over HTTPS"
CROWD = 10


def make_repository(path: Path, megabytes: int, commits: int) -> None:
    """Random bytes, 1 MB in each commit until there are `megabytes`, and changes to 200 texts. A tenth
    of the bytes is in the last commit's files."""
    run(["git", "init", "--quiet", "--bare", f"--initial-branch={BRANCH}", path])
    stream = subprocess.Popen(
        ["git", "-C", path, "fast-import", "--quiet"], stdin=subprocess.PIPE)
    with stream.stdin as out:
        for number in range(commits):
            name = f"text-{number % 200}"
            text = "".join(
                f"line {line} of {name} as of {number if line == number % 97 else 0}\n"
                for line in range(200)).encode()
            files = [(name, text)]
            if number < megabytes:
                files.append((f"random-{number % (megabytes // 10)}", os.urandom(1_000_000)))
            out.write(
                f"commit refs/heads/{BRANCH}\ncommitter A <a@example.org> {1_700_000_000 + number} "
                f"+0000\ndata 1\nC\n".encode())
            for file, content in files:
                out.write(f"M 100644 inline {file}\ndata {len(content)}\n".encode())
                out.write(content + b"\n")
    if stream.wait():
        raise RuntimeError("git fast-import failed")
    run(["git", "-C", path, "repack", "-adq"])


class Sides:
    """A Git server, and a Sallyport whose workers have it behind a VCS agent."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._data = bench.folder / "git"
        source = bench.folder / "source.git"
        note("making a repository")
        make_repository(source, bench.scale(300, 50), bench.scale(4_000, 400))
        self.bytes = sum(one.stat().st_size for one in source.rglob("*.pack"))
        self._stack = bench.start_stack(self._data.name)
        self._stack.ask("repository", REPOSITORY, str(source))
        self._port = self._stack.ask("git-server")[0]
        gateway, _, _, endpoint, operator = self._stack.ask("gateway")
        self._stack.ask("trust-root")
        agent = self._stack.ask("agent")[0]
        self._services = {"gateway": int(gateway), "agent": int(agent)}
        self._client: Side = sallyport_client(bench, "git", operator, endpoint, {})
        self._workers: dict[str, int] = {}

    def start_workers(self, count: int) -> None:
        """These many in all, with one job at a time."""
        while len(self._workers) < count:
            name = f"worker-{len(self._workers) + 1}"
            self._stack.ask("stop", self._stack.ask("worker", name)[0])
            file = self._data / f"{name}.yaml"
            file.write_text(file.read_text().replace("capacity: 2", "capacity: 1"))
            self._start(name)

    def _start(self, name: str) -> None:
        self._workers[name] = int(self._stack.ask("start-worker", name)[0])

    def forget_mirrors(self) -> None:
        for name, pid in self._workers.items():
            self._stack.ask("stop", str(pid))
            shutil.rmtree(self._data / name / "mirrors", ignore_errors=True)
            self._start(name)

    def sealed(self, jobs: int) -> Sample:
        """By jobs at the same time, each on a worker of its own."""
        before = self._usages()
        seconds, _ = self._client.ask({"checkouts": {
            "jobs": jobs, "vcs_pool": VCS_POOL, "repository": f"team/{REPOSITORY}", "ref": BRANCH}})
        return self._sample(seconds, before, {})

    def first(self, jobs: int) -> Sample:
        self.forget_mirrors()
        return self.sealed(jobs)

    def direct(self, clones: int) -> Sample:
        """By as many `git clone` at the same time."""
        password = (self._data / "git-password").read_text()
        url = f"https://sallyport:{password}@localhost:{self._port}/git/team/{REPOSITORY}"
        before = self._usages()
        folder = self._bench.folder / "clones"
        folder.mkdir()
        script = 'for n in $(seq "$1"); do git clone --quiet "$2" "$3/$n" & done; wait'
        _, seconds, cost = run(
            ["bash", "-c", script, "clone", str(clones), url, folder],
            {"GIT_SSL_CAINFO": str(self._data / "git-server/ca.pem")}, seconds=900)
        found = len(list(folder.glob("*/random-0")))
        shutil.rmtree(folder)
        if found != clones:
            raise RuntimeError(f"{clones - found} clones failed")
        return self._sample(seconds, before, {"clients": cost})

    def _sample(self, seconds: float, before: dict[str, Usage], more: dict[str, Usage]) -> Sample:
        after = self._usages()
        processes = {name: after[name].since(before[name]) for name in after} | more
        values = {
            "seconds": seconds,
            "server-cpu": processes["git server"].cpu_seconds,
            "cpu": sum(cost.cpu_seconds for cost in processes.values()),
        }
        return Sample(values, processes, {"pack_bytes": self.bytes})

    def _usages(self) -> dict[str, Usage]:
        workers = [usage(pid) for pid in self._workers.values()]
        served = [usage(pid) for pid in self._git_server()]
        return {name: usage(pid) for name, pid in self._services.items()} | {
            "workers": total(workers), "git server": total(served)}

    def _git_server(self) -> list[int]:
        """Of nginx and of what runs `git http-backend`."""
        folder = str(self._data / "git-server")
        found = subprocess.run(
            ["pgrep", "-f", f"^fcgiwrap .*unix:{folder}/|^nginx: master process nginx -p {folder} "],
            stdout=subprocess.PIPE, text=True, check=True).stdout
        return [int(pid) for pid in found.split()]


def total(usages: list[Usage]) -> Usage:
    return Usage(
        sum(one.cpu_seconds for one in usages), sum(one.peak_rss_kib for one in usages))


def measure(bench: Bench) -> None:
    sides = Sides(bench)
    sides.start_workers(1)
    more = [Figure("cpu", "CPU-s", "lower"), Figure("server-cpu", "CPU-s", "lower")]
    bench.compare(
        "clone", [Figure("seconds", "s", "lower", at_most=1.05), *more],
        lambda: sides.first(1), {DIRECT: lambda: sides.direct(1)})
    bench.compare(
        "second-job", [Figure("seconds", "s", "lower", at_most=0.1), *more],
        lambda: sides.sealed(1), {DIRECT: lambda: sides.direct(1)})
    if bench.wants("ten-workers"):
        sides.start_workers(CROWD)
        bench.compare(
            "ten-workers", [Figure("seconds", "s", "lower"), *more],
            lambda: sides.first(CROWD), {f"{CROWD} x {DIRECT}": lambda: sides.direct(CROWD)},
            rounds=min(bench.rounds, 3), warm_up=False)


SUITE = Suite(
    name="git", summary="a large repository through the sealed relay",
    run=measure, comparisons=("clone", "second-job", "ten-workers"),
    debian=("git", "nginx-light", "fcgiwrap", "openssl"), pypi=("grpcio", "grpcio-tools"),
    uses_executables=True)
