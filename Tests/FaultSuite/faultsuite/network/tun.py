"""TUN devices: a file that is one end of a network interface."""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
import subprocess

from .host import MTU, Host

_TUNSETIFF = 0x400454CA
_IFF_TUN = 0x0001
_IFF_NO_PI = 0x1000
_CLONE_NEWNET = 0x40000000
_NAME = "link0"


def open_tun(host: Host) -> int:
    """Makes the host's link and returns its non-blocking file; the link lives as long as that.

    Raises:
        OSError: There is no `/dev/net/tun`, or this process may not use it.
    """
    own = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    other = os.open(host.namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _enter(other)
        try:
            tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            request = struct.pack("16sH22x", _NAME.encode(), _IFF_TUN | _IFF_NO_PI)
            fcntl.ioctl(tun, _TUNSETIFF, request)
        finally:
            _enter(own)
    finally:
        os.close(other)
        os.close(own)
    for words in (
        ["addr", "add", f"{host.address}/24", "dev", _NAME],
        ["link", "set", _NAME, "mtu", str(MTU), "txqueuelen", "1000", "up"],
    ):
        subprocess.run(["ip", "-n", host.name, *words], check=True)
    return tun


def _enter(namespace: int) -> None:
    """setns(2), which Python has from 3.12 on."""
    if ctypes.CDLL(None, use_errno=True).setns(namespace, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
