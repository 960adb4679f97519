"""What one kind of jobs takes more than another, and how sure that is."""

from __future__ import annotations

import random
import unittest

from bench.added import added, describe, interval, p99
from bench.figures import median


class AddedTests(unittest.TestCase):
    def test_difference_of_the_statistics(self) -> None:
        pairs = [(1.0, 3.0), (2.0, 2.5), (9.0, 4.0)]
        self.assertEqual(added(pairs, median), 1.0)
        self.assertEqual(added(pairs, p99), -5.0)

    def test_a_constant_cost_is_certain(self) -> None:
        pairs = [(number % 7, number % 7 + 0.5) for number in range(200)]
        for statistic in (median, p99):
            self.assertEqual(interval(pairs, statistic, resamples=200), (0.5, 0.5))

    def test_interval_widens_with_noise_and_holds_the_truth(self) -> None:
        chance = random.Random(7)
        pairs = [(chance.gauss(5, 1), chance.gauss(5.5, 1)) for _ in range(500)]
        low, high = interval(pairs, median, resamples=500)
        self.assertLess(low, 0.5)
        self.assertGreater(high, 0.5)
        self.assertGreater(high - low, 0.1)

    def test_says_how_many(self) -> None:
        self.assertIn("2 pairs", describe([(1.0, 1.0), (2.0, 2.0)]))


if __name__ == "__main__":
    unittest.main()
