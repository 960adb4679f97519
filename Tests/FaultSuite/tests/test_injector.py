"""Faults are ended in whatever order they can be."""

from __future__ import annotations

import threading
import unittest
from typing import Any
from unittest import mock

from faultsuite.faults import injector
from faultsuite.faults.effect import Effect, NotYetError
from faultsuite.faults.injector import Injector
from faultsuite.faults.schedule import Fault


class Recorder:
    def __init__(self) -> None:
        self.lines: list[tuple[str, Any]] = []

    def write(self, what: str, **values: Any) -> None:
        self.lines.append((what, values.get("number", values.get("error"))))


class InjectorTests(unittest.TestCase):
    def setUp(self) -> None:
        self.open: set[str] = set()
        self.begun = threading.Event()
        self.recorder = Recorder()
        suite = self

        class First(Effect):
            """Cannot be ended before the second, which ends later."""

            def begin(self) -> dict[str, object]:
                suite.open.add("first")
                return {}

            def end(self) -> None:
                if "second" in suite.open:
                    raise NotYetError("the second is in the way")
                suite.open.remove("first")

        class Second(Effect):
            def begin(self) -> dict[str, object]:
                suite.open.add("second")
                suite.begun.set()
                return {}

            def end(self) -> None:
                suite.open.remove("second")

        kinds = {"first": First, "second": Second}
        for patch in (
            mock.patch.object(injector, "KINDS", kinds),
            mock.patch.object(injector, "RETRY_SECONDS", 0.001),
        ):
            patch.start()
            self.addCleanup(patch.stop)
        self.injector = Injector(mock.Mock(), mock.Mock(), self.recorder)  # type: ignore[arg-type]

    def ends(self) -> list[Any]:
        return [value for what, value in self.recorder.lines if what == "fault-end"]

    def test_what_has_to_wait_for_another_is_ended_after_it(self) -> None:
        self.injector.run(
            [Fault(1, "first", "a", 0.0, 0.0), Fault(2, "second", "b", 0.0, 0.05)])
        self.assertEqual((self.open, self.ends()), (set(), [2, 1]))

    def test_the_same_where_the_run_is_stopped(self) -> None:
        faults = [Fault(1, "first", "a", 0.0, 100.0), Fault(2, "second", "b", 0.0, 100.0)]
        run = threading.Thread(target=self.injector.run, args=(faults,))
        run.start()
        self.begun.wait()
        self.injector.stop()
        run.join()
        self.assertEqual((self.open, self.ends()), (set(), [2, 1]))

    def test_nothing_is_waited_for_without_end(self) -> None:
        with mock.patch.object(injector, "PATIENCE_SECONDS", 0.01):
            effect = self.injector.begin(Fault(1, "first", "a", 0.0, 0.0))
            self.open.add("second")
            assert effect
            self.injector.finish(Fault(1, "first", "a", 0.0, 0.0), effect)
        self.assertEqual(self.ends(), [1])
        self.assertIn("suite-error", [what for what, _ in self.recorder.lines])


if __name__ == "__main__":
    unittest.main()
