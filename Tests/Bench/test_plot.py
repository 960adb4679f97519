"""scripts/plot: which records it takes, where it puts them, and that they can be seen."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree

from bench import results
from bench.figures import Figure, Sample
from bench.plot import __main__ as program
from bench.plot import drawing
from bench.plot.plots import PLOTS, Panel, Plot
from bench.plot.points import Point, points
from bench.plot.scale import Scale, decades, label, marks
from bench.suites import growth, store

SVG = "{http://www.w3.org/2000/svg}"


def record(name: str, ours: tuple[str, list[float]], peer: tuple[str, list[float]] | None = None):
    figure = Figure("f", "ms", "lower")
    def samples(values: list[float]) -> list[Sample]:
        return [Sample({"f": value}) for value in values]
    made = results.make_record(
        "", figure, samples(ours[1]), peer and peer[0], samples(peer[1]) if peer else [], ours[0])
    return made | {"name": name}


class PointTests(unittest.TestCase):
    def test_both_sides_are_points_and_ours_is_one_of_them_once(self) -> None:
        records = [
            record("growth/relays/cpu", ("512 relays", [5, 4, 9]), ("1 relay", [1, 2, 3])),
            record("growth/relays/cpu", ("512 relays", [5, 4, 9]), ("8 relays", [7])),
            record("growth/relays/cpu-of-others", ("4 relays", [1])),
        ]
        self.assertEqual(
            points(records, "growth/relays/cpu"),
            [Point(1, 2, 1, 3), Point(8, 7, 7, 7), Point(512, 5, 4, 9)])

    def test_what_has_no_number_is_no_point(self) -> None:
        records = [
            record("a/b", ("sallyport", [1]), ("HAProxy 2", [2])), record("a/b", ("3 x", [4]))]
        self.assertEqual(points(records, "a/b"), [Point(3, 4, 4, 4)])

    def test_a_number_that_was_measured_twice(self) -> None:
        records = [record("s/1", ("10 jobs", [1, 2, 3])), record("s/2", ("10 jobs", [4, 8, 9]))]
        self.assertEqual(points(records, r"s/\d"), [Point(10, 5, 1, 9)])


class ScaleTests(unittest.TestCase):
    def test_places(self) -> None:
        self.assertEqual(Scale(0, 10, 100, 0).place(2.5), 75)
        logarithmic = Scale(1, 10_000, 0, 4, is_logarithmic=True)
        self.assertAlmostEqual(logarithmic.place(100), 2)
        self.assertEqual(Scale(3, 3, 0, 4).place(3), 2)

    def test_marks_are_round_and_reach_the_greatest_value(self) -> None:
        self.assertEqual(marks(1.3), [0, 0.5, 1, 1.5])
        self.assertEqual(marks(100), [0, 20, 40, 60, 80, 100])
        self.assertEqual(marks(0), [0, 1])
        for high in (0.0007, 0.3, 7, 11, 999, 123_456):
            self.assertGreaterEqual(marks(high)[-1], high)
            self.assertLess(len(marks(high)), 8)
        self.assertEqual(decades(0.3, 40), [0.1, 1, 10, 100])
        self.assertEqual(decades(1, 1), [1, 10])

    def test_labels(self) -> None:
        self.assertEqual([label(one) for one in (0.25, 8, 10_000, 1e6)],
                         ["0.25", "8", "10,000", "1,000,000"])


class DrawingTests(unittest.TestCase):
    def draw(self, *lines: tuple[str, list[Point]]) -> ElementTree.Element:
        panel = Panel("Waiting", "ms", {})
        plot = Plot("x.svg", "A & B <C>", "relays", "", (panel,))
        return ElementTree.fromstring(drawing.draw(plot, [(panel, dict(lines))]))

    def test_it_is_svg_with_axes_and_a_legend(self) -> None:
        root = self.draw(("median", [Point(1, 2, 1, 3), Point(100, 4, 4, 4)]),
                         ("p99", [Point(1, 8, 8, 8), Point(100, 9, 9, 9)]))
        texts = [one.text for one in root.iter(f"{SVG}text")]
        for text in ("A & B <C>", "Waiting (ms)", "relays", "median", "p99", "1", "100", "0", "10"):
            self.assertIn(text, texts)
        self.assertEqual(len(list(root.iter(f"{SVG}polyline"))), 2)
        self.assertEqual(len(list(root.iter(f"{SVG}circle"))), 4)

    def test_more_is_higher_and_everything_is_inside(self) -> None:
        for greatest in (3, 3_000):
            root = self.draw(("", [Point(1, 1, 0.5, 2), Point(512, greatest, 1, greatest)]))
            left, right = root.iter(f"{SVG}circle")
            self.assertLess(float(left.get("cx")), float(right.get("cx")))
            self.assertGreater(float(left.get("cy")), float(right.get("cy")))
            for line in root.iter(f"{SVG}line"):
                self.assertTrue(0 <= float(line.get("x1")) <= drawing.WIDTH)
                self.assertTrue(0 <= float(line.get("y1")) <= drawing.HEIGHT)

    def test_colours_can_be_read_on_white_and_on_black(self) -> None:
        for colour in (*drawing.COLOURS, drawing.TEXT):
            for background in ("#ffffff", "#0d1117"):
                self.assertGreaterEqual(contrast(colour, background), 3, (colour, background))


class ProgramTests(unittest.TestCase):
    def run_on(self, records: list[dict] | None) -> tuple[int, list[str], str]:
        with tempfile.TemporaryDirectory() as folder:
            source, output = Path(folder) / "results.json", Path(folder) / "plots"
            if records is not None:
                source.write_text(json.dumps(records))
            said = io.StringIO()
            words = ["plot", "--root", folder, "--input", str(source), "--output", str(output)]
            with mock.patch.object(sys, "argv", words), contextlib.redirect_stderr(said), \
                    contextlib.redirect_stdout(io.StringIO()):
                status = program.main()
            files = sorted(path.name for path in output.iterdir()) if output.exists() else []
            return status, files, said.getvalue()

    def test_draws_what_was_measured_and_says_what_was_not(self) -> None:
        records = [
            record(f"growth/sessions-{n}/memory", (f"{n} sessions", [n])) for n in (100, 1000)]
        status, files, said = self.run_on(records)
        self.assertEqual((status, files), (0, ["sessions.svg"]))
        self.assertIn("relays.svg: not measured; run scripts/bench growth/relays", said)

    def test_nothing_to_draw(self) -> None:
        self.assertEqual(self.run_on([])[:2], (1, []))
        status, files, said = self.run_on(None)
        self.assertEqual((status, files), (1, []))
        self.assertIn("run scripts/bench first", said)

    def test_what_is_drawn_is_what_suites_measure(self) -> None:
        comparisons = {f"{suite.name}/{one}" for suite in (growth.SUITE, store.SUITE)
                       for one in suite.comparisons}
        for plot in PLOTS:
            for word in plot.command.split()[1:]:
                self.assertIn(word, comparisons)
        self.assertEqual(growth.counted(1, "relays"), "1 relay")
        self.assertEqual(growth.counted(8, "relays"), "8 relays")


def contrast(one: str, other: str) -> float:
    """WCAG 2.1."""
    def luminance(colour: str) -> float:
        parts = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
                  for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


if __name__ == "__main__":
    unittest.main()
