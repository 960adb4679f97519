"""What the micro suite reads of the benchmark package's export."""

from __future__ import annotations

import json
import re
import unittest
from pathlib import Path

from bench.suites import micro

ROOT = Path(__file__).resolve().parent.parent.parent


def exported(name: str, bytes: int, operations: int, p50: float, p99: float) -> dict:
    tags = f"(bytes:_{bytes},_operations:_{operations})"
    return {
        "benchmark": f"package.benchmark.bench-micro.{name}_{tags}",
        "secondaryMetrics": {
            "Time (wall clock)": {"scorePercentiles": {"50.0": p50, "99.0": p99}}}}


class MicroTests(unittest.TestCase):
    def test_times_are_of_one_operation(self) -> None:
        timings = micro.parse(json.dumps([
            exported("tls/small", 64, 100, 50.0, 80.0),
            exported("git/other", 1, 1, 1, 1),
            exported("tls/big", 16_384, 1, 4.0, 6.0)]), "tls")
        self.assertEqual([one.name for one in timings], ["big", "small"])
        big, small = timings
        self.assertEqual((small.p50, small.p99), (500, 800))
        self.assertEqual([one.name for one in small.figures], ["small"])
        self.assertEqual([one.name for one in big.figures], ["big", "big-p99", "big-speed"])
        self.assertEqual(big.values, {"big": 4, "big-p99": 6, "big-speed": 16_384 / 4_000})

    def test_names_of_another_form_are_not_passed_over(self) -> None:
        entry = exported("tls/x", 1, 1, 1, 1)
        entry["benchmark"] = "package.benchmark.bench-micro.tls/x"
        with self.assertRaisesRegex(ValueError, "tls/x"):
            micro.parse(json.dumps([entry]), "tls")

    def test_every_group_has_benchmarks_and_no_benchmark_is_without_its_group(self) -> None:
        names = {
            found for path in (ROOT / "Benchmarks/Micro").glob("*.swift")
            for found in re.findall(r'measured\(\s*"([a-z0-9]+)/', path.read_text())}
        self.assertEqual(names, set(micro.GROUPS))


if __name__ == "__main__":
    unittest.main()
