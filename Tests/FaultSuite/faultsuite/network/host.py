"""Where the hosts of a run are."""

from __future__ import annotations

from dataclasses import dataclass

MTU = 9000
"""Large, because each packet costs two system calls and some Python."""


@dataclass(frozen=True)
class Host:
    """A network namespace with one address."""

    name: str
    address: str

    @property
    def namespace(self) -> str:
        """The file that names its network namespace."""
        return f"/run/netns/{self.name}"


def make_hosts(names: list[str]) -> dict[str, Host]:
    """Gives each its address in 10.77.0.0/24, in order."""
    return {name: Host(name, f"10.77.0.{number}") for number, name in enumerate(names, 1)}
