"""The link emulator's rules, without a link."""

from __future__ import annotations

import unittest

from faultsuite.network.conditions import Conditions
from faultsuite.network.direction import MAXIMUM_HELD_BYTES, Direction
from faultsuite.network.router import Router

A, B = bytes([10, 77, 0, 1]), bytes([10, 77, 0, 2])


def packet(source: bytes, target: bytes, payload: bytes = b"") -> bytes:
    return bytes([0x45]) + bytes(11) + source + target + payload


class DirectionTests(unittest.TestCase):
    def test_without_faults_packets_leave_at_once(self) -> None:
        self.assertEqual(Direction("x").admit(100, 5.0), 5.0)

    def test_a_cut_lets_nothing_through(self) -> None:
        direction = Direction("x")
        direction.change(Conditions(cut=True))
        self.assertEqual([direction.admit(100, 1.0) for _ in range(20)], [None] * 20)
        self.assertEqual(direction.dropped, 20)

    def test_loss_is_about_as_large_as_asked_for(self) -> None:
        direction = Direction("x")
        direction.change(Conditions(loss=0.3))
        lost = sum(direction.admit(100, 1.0) is None for _ in range(10_000))
        self.assertTrue(2_800 < lost < 3_200, lost)

    def test_the_seed_decides_which_are_lost(self) -> None:
        def lost(seed: str) -> list[bool]:
            direction = Direction(seed)
            direction.change(Conditions(loss=0.3))
            return [direction.admit(100, 1.0) is None for _ in range(200)]

        self.assertEqual(lost("x"), lost("x"))
        self.assertNotEqual(lost("x"), lost("y"))

    def test_jitter_keeps_the_order(self) -> None:
        direction = Direction("x")
        direction.change(Conditions(delay=0.1, jitter=0.2))
        released = [direction.admit(100, number / 100) for number in range(500)]
        self.assertEqual(released, sorted(released))
        self.assertGreaterEqual(released[0], 0.1)

    def test_reordering_does_not(self) -> None:
        direction = Direction("x")
        direction.change(Conditions(delay=0.01, reorder=0.2))
        released = [direction.admit(100, number / 1000) for number in range(500)]
        self.assertNotEqual(released, sorted(released))

    def test_what_is_held_is_bounded(self) -> None:
        direction = Direction("x")
        direction.change(Conditions(delay=1.0))
        size = 64 * 1024
        admitted = sum(direction.admit(size, 0.0) is not None for _ in range(1_000))
        self.assertEqual(admitted, MAXIMUM_HELD_BYTES // size)
        direction.released(size)
        self.assertIsNotNone(direction.admit(size, 0.0))


class RouterTests(unittest.TestCase):
    def setUp(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.router = Router({A: "a", B: "b"}, 1, lambda host, data: self.sent.append((host, data)))

    def test_packets_reach_their_host(self) -> None:
        self.router.receive("a", packet(A, B, b"hello"), 0.0)
        self.assertEqual(self.sent, [("b", packet(A, B, b"hello"))])

    def test_one_direction_can_be_cut(self) -> None:
        self.router.change("a", "b", Conditions(cut=True))
        self.router.receive("a", packet(A, B), 0.0)
        self.router.receive("b", packet(B, A), 0.0)
        self.assertEqual([host for host, _ in self.sent], ["a"])

    def test_held_packets_leave_at_their_time(self) -> None:
        self.router.change("a", "b", Conditions(delay=0.5))
        self.router.receive("a", packet(A, B), 1.0)
        self.assertEqual(self.router.next_release(), 1.5)
        self.router.release(1.4)
        self.assertEqual(self.sent, [])
        self.router.release(1.5)
        self.assertEqual(len(self.sent), 1)
        self.assertIsNone(self.router.next_release())

    def test_what_was_held_leaves_although_the_fault_is_over(self) -> None:
        self.router.change("a", "b", Conditions(delay=0.5))
        self.router.receive("a", packet(A, B), 1.0)
        self.router.clear()
        self.router.release(2.0)
        self.assertEqual(len(self.sent), 1)

    def test_other_packets_are_dropped(self) -> None:
        for data in (b"", b"\x60" + bytes(60), packet(A, bytes([8, 8, 8, 8])), packet(A, A)):
            self.router.receive("a", data, 0.0)
        self.assertEqual(self.sent, [])


if __name__ == "__main__":
    unittest.main()
