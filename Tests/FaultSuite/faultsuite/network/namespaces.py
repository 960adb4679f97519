"""Makes network namespaces inside the mount and PID namespace of this run.

`/run/netns` is a tmpfs of this mount namespace: the names collide with nobody's, and everything
goes when the last process of the run does, whatever ended it.
"""

from __future__ import annotations

import subprocess

from .host import Host

FOLDER = "/run/netns"


def make_namespaces(hosts: list[Host]) -> None:
    """Each with its loopback up; the emulator adds the link."""
    subprocess.run(["mkdir", "-p", FOLDER], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "netns", FOLDER], check=True)
    for host in hosts:
        subprocess.run(["ip", "netns", "add", host.name], check=True)
        subprocess.run(["ip", "-n", host.name, "link", "set", "lo", "up"], check=True)
        # The emulator knows IPv4 only; the kernel's own neighbour chatter would be in its way.
        subprocess.run(
            entering(host.name) + ["sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1"],
            check=False, stderr=subprocess.DEVNULL,
        )


def entering(host: str) -> list[str]:
    """The beginning of a command that runs on `host`; the process keeps its id."""
    return ["nsenter", f"--net={FOLDER}/{host}", "--"]
