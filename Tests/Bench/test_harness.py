"""The arithmetic of scripts/bench, and what it keeps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from bench import processes, results
from bench.bench import Bench, cpu_times, share_of_others
from bench.figures import Figure, Sample, quantile
from bench.processes import Service, Usage

SPEED = Figure("speed", "GB/s", "higher", at_least=1.5)


def samples(*values: float) -> list[Sample]:
    return [
        Sample({"speed": value}, {"server": Usage(value / 2, int(value * 10))}, {"bytes": 7})
        for value in values
    ]


class FigureTests(unittest.TestCase):
    def test_bounds(self) -> None:
        self.assertTrue(SPEED.met(1.5))
        self.assertFalse(SPEED.met(1.49))
        self.assertTrue(Figure("cpu", "s", "lower", at_most=0.5).met(0.5))
        self.assertFalse(Figure("cpu", "s", "lower", at_most=0.5).met(0.51))
        self.assertIsNone(Figure("cpu", "s", "lower").met(9))

    def test_quantile_is_a_value_that_was_measured(self) -> None:
        values = [5.0, 1.0, 4.0, 2.0, 3.0]
        self.assertEqual(quantile(values, 0.5), 3.0)
        self.assertEqual(quantile(values, 0.99), 5.0)
        self.assertEqual(quantile(values, 0.2), 1.0)
        self.assertEqual(quantile(values, 0.21), 2.0)
        self.assertEqual(quantile(values, 0), 1.0)
        self.assertEqual(quantile([float(n) for n in range(1, 101)], 0.99), 99.0)


class RecordTests(unittest.TestCase):
    def test_ratio_is_of_medians_and_its_spread_of_rounds(self) -> None:
        record = results.make_record("a/b", SPEED, samples(2, 9, 4), "peer", samples(1, 2, 8))
        self.assertEqual((record["ours"], record["peer"]), (4, 2))
        self.assertEqual(record["ratio"], 2)
        self.assertEqual(record["ratio_spread"], [0.5, 4.5])
        self.assertEqual(record["spread"], {"ours": [2, 9], "peer": [1, 8]})
        self.assertEqual(record["rounds"], 3)
        self.assertTrue(record["met"])
        self.assertEqual(record["name"], "a/b/speed")
        server = record["details"]["ours"]["processes"]["server"]
        self.assertEqual(server, {"cpu_seconds": 2, "peak_rss_kib": 90})
        self.assertEqual(record["details"]["peer"]["bytes"], 7)

    def test_figure_without_a_peer(self) -> None:
        record = results.make_record("a/b", SPEED, samples(2, 3), None, [])
        self.assertEqual(record["ours"], 2.5)
        self.assertIsNone(record["ratio"])
        self.assertTrue(record["met"])
        self.assertFalse(results.make_record("a", SPEED, samples(1), None, [])["met"])

    def test_peer_that_did_nothing_divides_nothing(self) -> None:
        record = results.make_record("a/b", SPEED, samples(2, 3), "peer", samples(0, 0))
        self.assertIsNone(record["ratio"])
        self.assertIsNone(record["ratio_spread"])

    def test_merge_replaces_the_same_figure_only(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "deep" / "results.json"
            old = [results.make_record(name, SPEED, samples(1), "p", samples(1)) for name in "ab"]
            results.merge(path, old)
            new = results.make_record("a", SPEED, samples(3), "p", samples(1))
            other = results.make_record("a", SPEED, samples(5), "q", samples(1))
            results.merge(path, [new, other])
            found = {(one["name"], one["peer_name"]): one["ours"]
                     for one in json.loads(path.read_text())}
            self.assertEqual(
                found, {("a/speed", "p"): 3, ("a/speed", "q"): 5, ("b/speed", "p"): 1})
            self.assertEqual(os.listdir(path.parent), ["results.json"])

    def test_table_says_what_falls_short(self) -> None:
        text = results.table(
            [results.make_record("a", SPEED, samples(1), "peer", samples(1))])
        self.assertIn("NO", text.splitlines()[1])
        self.assertIn(">= 1.5", text)


class BenchTests(unittest.TestCase):
    def test_sides_take_turns_after_a_warm_up(self) -> None:
        turns: list[str] = []
        values = {"ours": iter([100, 1, 2, 3]), "p": iter([100, 4, 5, 6]), "q": iter([100, 2, 2, 2])}

        def side(name: str):
            def measure() -> Sample:
                turns.append(name)
                return Sample({"speed": next(values[name])})
            return measure

        bench = make_bench(wanted={"pair"})
        bench.compare("pair", [SPEED], side("ours"), {"p": side("p"), "q": side("q")}, rounds=3)
        bench.compare("other", [SPEED], side("ours"))
        self.assertEqual(turns, ["ours", "p", "q"] * 4)
        self.assertEqual([one["ratio"] for one in bench.records], [2 / 5, 1])
        self.assertEqual({one["name"] for one in bench.records}, {"suite/pair/speed"})
        self.assertTrue(all(one["machine"] and one["rounds"] == 3 for one in bench.records))


class ProcessTests(unittest.TestCase):
    def test_stat_of_a_command_with_any_name(self) -> None:
        times = "100 20 30 4"
        text = f"7 (a) R 1 (b) S 42 7 7 0 -1 4194560 1 2 3 4 {times} 20 0 1 0"
        parent, seconds = processes.parse_stat(text)
        self.assertEqual(parent, 42)
        self.assertAlmostEqual(seconds, 154 * processes.TICK)

    def test_usage_includes_descendants(self) -> None:
        burn = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
        script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); input()"
        with tempfile.TemporaryDirectory() as folder:
            service = Service(
                [sys.executable, "-c", script], Path(folder) / "log", stdin=subprocess.PIPE)
            end = time.monotonic() + 30
            while service.usage().cpu_seconds < 0.3 and time.monotonic() < end:
                time.sleep(0.01)
            self.assertGreaterEqual(service.usage().cpu_seconds, 0.3)
            self.assertGreater(service.usage().peak_rss_kib, 1000)
            service.stop()

    def test_share_of_other_programs(self) -> None:
        # Two cores for 10 s, of which 15 CPU-s were used, 5 of them by this run.
        self.assertEqual(share_of_others((100, 7, 50), (115, 12, 60), cores=2), 0.5)
        self.assertEqual(share_of_others((100, 7, 50), (105, 12.01, 60), cores=2), 0)

    def test_machine_is_at_least_as_busy_as_this_process(self) -> None:
        begin = cpu_times()
        end = time.process_time() + 0.3
        while time.process_time() < end:
            pass
        busy, mine, _ = (now - then for now, then in zip(cpu_times(), begin))
        self.assertGreaterEqual(mine, 0.25)
        self.assertGreaterEqual(busy, mine - 0.05)

    def test_stop_leaves_no_descendant_even_of_another_session(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            service = Service(
                ["bash", "-c", "trap '' TERM; setsid sleep 1000 & echo child $!; wait; wait"],
                Path(folder) / "log")
            child = int(service.wait_for_line("child").split()[1])
            service.stop(seconds=0.1)
            end = time.monotonic() + 10
            while Path(f"/proc/{child}").exists() and time.monotonic() < end:
                time.sleep(0.01)
            self.assertFalse(Path(f"/proc/{child}").exists())
            self.assertFalse(service.is_running())

    def test_command_that_fails_or_takes_too_long(self) -> None:
        output, _, cost = processes.run(["echo", "word"])
        self.assertEqual(output, "word\n")
        self.assertGreater(cost.peak_rss_kib, 100)
        with self.assertRaisesRegex(RuntimeError, "ended with 3"):
            processes.run(["bash", "-c", "exit 3"])
        with self.assertRaisesRegex(RuntimeError, "ended with -9"):
            processes.run(["sleep", "1000"], seconds=0.1)


def make_bench(wanted: set[str] | None) -> Bench:
    nowhere = Path("/nonexistent")
    return Bench(
        root=nowhere, bin=nowhere, benchmarks=nowhere, venv=nowhere, folder=nowhere,
        suite="suite", wanted=wanted, rounds=5, quick=False, commit="", records=[])


if __name__ == "__main__":
    unittest.main()
