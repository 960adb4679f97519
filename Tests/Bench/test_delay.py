"""Links on which packets take a while, and the hosts at their ends."""

from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path

from bench.network import Network, NotPermitted, round_trip
from bench.processes import Service
from bench.sites import LOOPBACK
from bench.tools.delay import MAXIMUM_HELD, Line, target_of


class LineTests(unittest.TestCase):
    def test_packets_leave_in_order_and_not_before_their_time(self) -> None:
        line = Line(0.025)
        self.assertIsNone(line.next_release)
        line.add(b"one", 7, now=10)
        line.add(b"two", 8, now=10.001)
        self.assertEqual(line.next_release, 10.025)
        self.assertIsNone(line.take(10.024))
        self.assertEqual(line.take(10.025), (7, b"one"))
        self.assertIsNone(line.take(10.025))
        self.assertEqual(line.take(10.026), (8, b"two"))
        self.assertEqual(line.held_bytes, 0)

    def test_more_than_a_queue_holds_is_dropped(self) -> None:
        line = Line(1)
        half = bytes(MAXIMUM_HELD // 2)
        for _ in range(3):
            line.add(half, 1, now=0)
        self.assertEqual((line.dropped, line.held_bytes), (1, MAXIMUM_HELD))

    def test_only_ipv4_has_a_target(self) -> None:
        packet = bytes([0x45, *range(1, 20)])
        self.assertEqual(target_of(packet), bytes(range(16, 20)))
        self.assertIsNone(target_of(packet[:19]))
        self.assertIsNone(target_of(bytes([0x60]) + packet[1:] + bytes(40)))


class NetworkTests(unittest.TestCase):
    def test_a_round_trip_takes_both_delays_and_nothing_stays(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            try:
                network = Network(folder, 0.02)
            except NotPermitted as error:
                self.skipTest(str(error))
            with network as sites:
                listener = Service(
                    sites.gateway.command(
                        ["python3", "-c",
                         "import socket; s = socket.create_server(('0.0.0.0', 4000))\n"
                         "while True: s.accept()"]), folder / "listener.log")
                listener.wait_for_port(4000)
                for far in (sites.worker, sites.agent):
                    self.assertGreaterEqual(round_trip(far, sites.gateway, 4000), 0.04)
                namespace = sites.gateway.prefix[1].removeprefix("--net=")
                self.assertTrue(os.path.exists(namespace))
                listener.stop()
            self.assertFalse(os.path.exists(namespace))

    def test_the_loopback_needs_no_prefix(self) -> None:
        self.assertEqual(LOOPBACK.command(["a", "b"]), ["a", "b"])


if __name__ == "__main__":
    unittest.main()
