"""The on-prem Git server: nginx and `git http-backend`, as the demo has it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..network.namespaces import entering
from ..workload.repository import Repository, make_repository

_SCRIPT = """
set -euo pipefail
root=$1 dir=$2 repositories=$3 password=$4
for part in common services git-server; do source "$root/scripts/lib/$part.sh"; done
start_git_server "$dir/server" "$repositories" sallyport "$password"
echo "$git_server_port"
read -r _ || true
stop_services
"""


@dataclass
class GitServer:
    """Lives until `close`. The scripts' library makes it and takes it down."""

    process: subprocess.Popen[bytes]
    url: str
    ca: Path
    password: str
    repository: Repository

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


def start_git_server(root: Path, folder: Path, host: str, seed: int) -> GitServer:
    """On `host`, with one repository; raises RuntimeError where it does not start."""
    repositories = folder / "repositories"
    (repositories / "team").mkdir(parents=True)
    repository = make_repository(repositories / "team" / "app.git", folder / "work", seed)
    # Of a server that only this run reaches; argv is as good a place as any.
    password = f"fault-suite-{seed}"
    with open(folder / "server.log", "wb") as log:
        process = subprocess.Popen(
            entering(host) + ["bash", "-c", _SCRIPT, "bash", str(root), str(folder),
                              str(repositories), password],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True)
    assert process.stdout is not None
    port = process.stdout.readline().strip().decode()
    if not port:
        raise RuntimeError(f"the Git server did not start: see {folder}/server.log")
    return GitServer(
        process, f"https://localhost:{port}/git/", folder / "server" / "ca.pem", password,
        repository)
