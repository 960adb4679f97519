"""OpenSSH as a relay: a source behind `ssh -R`, reached through `ssh -L`, both on one sshd."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from .. import processes
from ..bench import Bench, free_port
from ..figures import Sample
from ..processes import Service
from ..sites import ON_LOOPBACK, Sites

CIPHER = "aes128-gcm@openssh.com"


class SSHRelay:
    """`agent` forwards a port of sshd's to the source, `worker` a port of its own to that."""

    def __init__(self, bench: Bench, sites: Sites = ON_LOOPBACK) -> None:
        """- sites: `gateway` is that of sshd."""
        self._sites = sites
        folder = bench.folder / "ssh"
        folder.mkdir(mode=0o700)
        for key in ("host", "user"):
            processes.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key])
        port, far, self._near = free_port(), free_port(), free_port()
        # sshd drops its privileges into a folder that Debian's service makes.
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        (folder / "sshd_config").write_text(
            f"ListenAddress {sites.gateway.address}:{port}\nHostKey {folder}/host\nPidFile none\n"
            f"AuthorizedKeysFile {folder}/user.pub\nStrictModes no\nUsePAM no\n"
            "PasswordAuthentication no\nAllowTcpForwarding yes\n"
            f"Ciphers {CIPHER}\nPermitRootLogin prohibit-password\n")
        self._source = bench.start(
            "source", sites.agent.command([sys.executable, "-m", "bench.tools.source"]))
        source_port = self._source.wait_for_line("listening on").split()[-1]
        self._sshd = bench.start("sshd", sites.gateway.command(
            ["/usr/sbin/sshd", "-D", "-e", "-f", folder / "sshd_config"]))
        self._sshd.wait_for_port(port)
        ssh = [
            "ssh", "-N", "-F", "none", "-p", str(port), "-i", folder / "user", "-c", CIPHER,
            "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={folder}/known",
            "-o", "ExitOnForwardFailure=yes", f"{getpass.getuser()}@{sites.gateway.address}"]
        self._agent = bench.start(
            "ssh-agent",
            sites.agent.command([*ssh, "-R", f"127.0.0.1:{far}:127.0.0.1:{source_port}"]))
        self._sshd.wait_for_port(far)
        self._worker = bench.start(
            "ssh-worker",
            sites.worker.command([*ssh, "-L", f"127.0.0.1:{self._near}:127.0.0.1:{far}"]))
        self._worker.wait_for_port(self._near)

    def fetch(self, count: int) -> Sample:
        """One fetch of so many bytes; the processes as they correspond to ours."""
        services: dict[str, Service] = {
            "source": self._source, "sshd": self._sshd, "ssh -R": self._agent,
            "ssh -L": self._worker}
        before = {name: service.usage() for name, service in services.items()}
        output, _, sink = processes.run(self._sites.worker.command(
            [sys.executable, "-m", "bench.tools.source", str(self._near), str(count)]))
        after = {name: service.usage().since(before[name]) for name, service in services.items()}
        return Sample(
            {"throughput": count / 1e9 / float(output)}, {**after, "sink": sink},
            {"bytes": count, "connections": 1, "cipher": CIPHER})
