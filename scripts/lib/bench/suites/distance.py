"""A relay whose worker and VCS agent are far from the gateway, beside OpenSSH over the same links.

One connection carries at most what may be on its way in a round trip: here it shows how far windows
grow by themselves.
"""

from __future__ import annotations

from ..bench import Bench, Suite, note
from ..figures import Figure, Sample
from ..network import Network, NotPermitted, round_trip
from ..peers.ssh import SSHRelay
from ..sites import Sites
from .relay import Gateway

DELAY = 0.025
"""Seconds in each direction: of a packet between the gateway's host and each of the others."""


def far(sample: Sample, trip: float) -> Sample:
    """In figures that are about the distance."""
    speed = sample.values["throughput"] * 1e9
    sample.values = {"throughput": speed / 1e6, "on-the-way": speed * trip / 2**20}
    sample.facts |= {"round_trip_ms": round(trip * 1e3, 1)}
    return sample


def compare(bench: Bench, sites: Sites) -> None:
    gateway, ssh = Gateway(bench, sites), SSHRelay(bench, sites)
    trip = round_trip(sites.worker, sites.gateway, int(gateway.port))
    note(f"a round trip takes {trip * 1e3:.1f} ms")
    size = bench.scale(32 << 20, 8 << 20)
    for kind in ("raw", "sealed"):
        bench.compare(
            kind,
            [Figure("throughput", "MB/s", "higher"), Figure("on-the-way", "MiB", "higher")],
            lambda: far(gateway.pair(kind).fetch(1, size), trip),
            {"ssh -L + ssh -R": lambda: far(ssh.fetch(size), trip)})


def measure(bench: Bench) -> None:
    try:
        network = Network(bench.folder, DELAY)
    except NotPermitted as error:
        note(f"distance: left out, because this machine or user does not allow it: {error}")
        return
    compare(bench, bench.keep(network))


SUITE = Suite(
    name="distance", summary="a relay over round trips of 50 ms beside ssh", run=measure,
    comparisons=("raw", "sealed"),
    debian=("openssl", "libssl-dev", "libnghttp2-dev", "pkg-config", "openssh-server",
            "openssh-client", "iproute2", "util-linux"),
    products=("bench-relay",), uses_executables=True)
