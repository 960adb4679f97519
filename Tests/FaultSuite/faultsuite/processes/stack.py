"""A whole Sallyport: gateway, workers and VCS agents on hosts of their own, and a Git server."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..clock.wall_clocks import WallClocks
from ..history.recorder import Recorder
from ..network.host import make_hosts
from ..network.links import Links
from ..network.namespaces import entering, make_namespaces
from . import settings
from .folder import RunFolder
from .git_server import GitServer, start_git_server
from .managed import UNPRIVILEGED, Managed
from .operator import Operator

EXECUTABLES = ("sallyport-gateway", "sallyport-worker", "sallyport-vcs-agent", "sallyport")
VCS_POOL = "on-prem"
STORE_BYTES = 128 * 1024 * 1024
START_SECONDS = 60.0
CERTIFICATE_AGE_SECONDS = 3_600


@dataclass(frozen=True)
class Shape:
    """What a stack is made of: the pool of each worker, and the VCS agents."""

    workers: dict[str, str] = field(default_factory=lambda: {
        "worker-1": "builders", "worker-2": "builders", "worker-3": "builders",
        "worker-4": "testers"})
    agents: tuple[str, ...] = ("agent-1", "agent-2")
    store_bytes: int = STORE_BYTES
    zones: dict[str, str] = field(default_factory=lambda: {"worker-2": "b"})
    """The label of each worker; `a` where it is not here."""

    @property
    def pools(self) -> list[str]:
        return sorted(set(self.workers.values()))

    def zone(self, worker: str) -> str:
        return self.zones.get(worker, "a")

    def zones_of(self, pool: str) -> list[str]:
        return sorted({self.zone(name) for name, own in self.workers.items() if own == pool})

    def host(self, process: str) -> str:
        """The agents share their host with the Git server."""
        return "agents" if process in self.agents else process


class Stack:
    """Made by `build`; `close` stops what it started.

    Attributes:
        processes: Gateway, workers and agents by name.
        worker_ids: Name of the worker with each id.
    """

    def __init__(
        self, root: Path, folder: RunFolder, executables: Path, shape: Shape, seed: int,
        recorder: Recorder, fault_points: str = "",
    ) -> None:
        self.root = root
        self.folder = folder
        self.shape = shape
        self.seed = seed
        self.recorder = recorder
        self.processes: dict[str, Managed] = {}
        self.worker_ids: dict[str, str] = {}
        self._executables = executables
        self._planted = {"SALLYPORT_FAULT_POINTS": fault_points} if fault_points else {}
        self._git_server: GitServer | None = None
        self._links: Links | None = None
        self._clocks: WallClocks | None = None

    @property
    def links(self) -> Links:
        assert self._links is not None
        return self._links

    @property
    def clocks(self) -> WallClocks:
        assert self._clocks is not None
        return self._clocks

    @property
    def git_server(self) -> GitServer:
        assert self._git_server is not None
        return self._git_server

    @property
    def gateway(self) -> Managed:
        return self.processes["gateway"]

    def build(self) -> None:
        """Raises RuntimeError, OSError or CalledProcessError where something does not start."""
        for name in EXECUTABLES:
            shutil.copy2(self._executables / name, self.folder.bin / name)
        names = ["gateway", *self.shape.workers, "agents"]
        self._hosts = make_hosts(names)
        make_namespaces(list(self._hosts.values()))
        self._links = Links(names, self.seed)
        self._clocks = WallClocks(self.folder.clocks, list(self._hosts.values()))
        self._git_server = start_git_server(self.root, self.folder.git, "agents", self.seed)
        # Certificates of an hour ago: a clock that jumps back does not jump behind them.
        self._set_clocks(-CERTIFICATE_AGE_SECONDS)
        self._make_gateway()
        self.operator = Operator(
            self.folder.bin / "sallyport", self.folder.gateway / "operator", "gateway",
            "localhost:7445")
        self.start("gateway")
        self._make_customer()
        self.gateway.stop(START_SECONDS)
        self._set_clocks(0)
        self.start("gateway")
        for name in (*self.shape.agents, *self.shape.workers):
            self.start(name)
        self._learn_identities()

    def start(self, name: str) -> None:
        """Starts a process and waits until it is at work; RuntimeError where it never is."""
        process = self.processes[name]
        ports = self.folder.root / "ports.json"
        if name == "gateway":
            ports.unlink(missing_ok=True)
        begin = process.log.stat().st_size if process.log.exists() else 0
        process.start()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if name == "gateway":
                if ports.exists() and ports.stat().st_size:
                    return
            else:
                with open(process.log, "rb") as log:
                    log.seek(begin)
                    if b"session open" in log.read():
                        return
            if not process.look():
                break
            time.sleep(0.05)
        raise RuntimeError(f"{name} did not start: see {process.log}")

    def ask_doctor(self) -> subprocess.CompletedProcess[bytes] | None:
        """What the gateway's own check of its database says; None where it has none."""
        program = str(self.folder.bin / "sallyport-gateway")
        help_text = subprocess.run([program, "--help"], capture_output=True, check=False).stdout
        if b"\n  doctor" not in help_text:
            return None
        return subprocess.run(
            entering("gateway") + UNPRIVILEGED
            + [program, "doctor", "--config", str(self.folder.gateway / "gateway.yaml")],
            capture_output=True, check=False, timeout=START_SECONDS)

    def close(self) -> None:
        """Stops every process, workers first, and everything around them."""
        order = [*self.shape.workers, *self.shape.agents, "gateway"]
        for name in order:
            if name in self.processes:
                self.processes[name].kill()
        if self._links is not None:
            self._links.close()
        if self._git_server is not None:
            self._git_server.close()

    # MARK: Parts

    def _make_gateway(self) -> None:
        size = self.shape.store_bytes
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "store", str(self.folder.store)],
            check=True)
        self._run(
            "gateway", "gateway-init", "sallyport-gateway", "init", "--dir",
            str(self.folder.gateway), "--trust-domain", "gateway.example", "--tenant", "acme",
            "--operator", "admin", "--host-name", "localhost", "--host-name", self._address)
        environment = settings.GATEWAY_ENVIRONMENT | self._planted | {
            "SALLYPORT_GATEWAY_LISTEN_PORTS_FILE": str(self.folder.root / "ports.json")}
        self._add(
            "gateway", "sallyport-gateway", "serve", self.folder.gateway / "gateway.yaml",
            environment)

    def _make_customer(self) -> None:
        self.operator.must(
            "trust", "init", "--dir", str(self.folder.trust_root), "--trust-domain",
            "customer.example")
        for pool in self.shape.pools:
            self.operator.must("pool", "create", "--kind", "worker", pool)
        self.operator.must("pool", "create", "--kind", "vcs", VCS_POOL)
        endpoint = f"{self._address}:7443"
        for name, pool in self.shape.workers.items():
            state = self._enroll(name, "worker", pool)
            file = self._write(f"{name}.yaml", settings.worker_configuration(
                endpoint, str(state), name, self.shape.zone(name)))
            self._add(name, "sallyport-worker", "run", file, self._planted)
        git = self.git_server
        for name in self.shape.agents:
            state = self._enroll(name, "vcs-agent", VCS_POOL)
            credential = self._write(f"{name}.credential", f"sallyport\n{git.password}\n")
            credential.chmod(0o600)
            file = self._write(f"{name}.yaml", settings.agent_configuration(
                endpoint, str(state), name, git.url, str(git.ca), str(credential)))
            self._add(name, "sallyport-vcs-agent", "run", file, self._planted)

    def _enroll(self, name: str, role: str, pool: str) -> Path:
        state = self.folder.state(name)
        token = self.folder.root / f"{name}.token"
        self.operator.must("token", "create", "--pool", pool, "--token-file", str(token))
        self._run(
            self.shape.host(name), f"{name}-enroll", f"sallyport-{role}", "enroll", "--gateway",
            f"{self._address}:7444", "--ca", str(self.folder.gateway / "ca.pem"),
            "--server-name", "localhost", "--trust-domain", "gateway.example", "--state-dir",
            str(state), "--token-file", str(token))
        token.unlink()
        self.operator.must(
            "trust", "issue", "--dir", str(self.folder.trust_root), "--role", role, "--name",
            name, "--out", str(state / "trust"))
        return state

    def _learn_identities(self) -> None:
        workers = self.operator.must("worker", "list", "--output", "json").json()["workers"]
        self.worker_ids = {worker["id"]: worker["display_name"] for worker in workers}
        self.recorder.write(
            "workers", names=self.worker_ids, pools=self.shape.workers,
            zones={name: self.shape.zone(name) for name in self.shape.workers})

    # MARK: Helpers

    def _set_clocks(self, seconds: int) -> None:
        for host in self._hosts:
            self.clocks.set(host, seconds)

    @property
    def _address(self) -> str:
        return self._hosts["gateway"].address

    def _write(self, name: str, text: str) -> Path:
        file = self.folder.root / name
        file.write_text(text)
        return file

    def _add(
        self, name: str, executable: str, command: str, configuration: Path,
        environment: dict[str, str],
    ) -> None:
        self.processes[name] = Managed(
            name, self.shape.host(name),
            [str(self.folder.bin / executable), command, "--config", str(configuration)],
            self.folder.log / f"{name}.log", self.recorder, environment)

    def _run(self, host: str, log: str, executable: str, *words: str) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SALLYPORT_")}
        path = self.folder.log / f"{log}.log"
        with open(path, "wb") as file:
            done = subprocess.run(
                entering(host) + UNPRIVILEGED + [str(self.folder.bin / executable), *words],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment, check=False,
                timeout=START_SECONDS)
        if done.returncode != 0:
            raise RuntimeError(f"{executable} {words[0]} failed: {path.read_text()[-2000:]}")
