"""The seed decides everything, and faults of one target do not overlap."""

from __future__ import annotations

import unittest
from itertools import combinations

from faultsuite.faults.kinds import KINDS
from faultsuite.faults.schedule import SECONDS, make_schedule
from faultsuite.processes.stack import Shape
from faultsuite.workload.plan import KINDS as JOB_KINDS
from faultsuite.workload.plan import make_plans


class PlanTests(unittest.TestCase):
    def test_the_seed_reproduces_the_workload(self) -> None:
        def plans(seed: int) -> object:
            return make_plans(seed, 300, {"a": ["x"], "b": ["x", "y"]}, 3, 1.2)

        self.assertEqual(plans(1), plans(1))
        self.assertNotEqual(plans(1), plans(2))

    def test_every_kind_of_job_comes(self) -> None:
        kinds = {plan.kind for plan in make_plans(1, 600, {"a": ["x"]}, 3, 1.2)}
        self.assertEqual(kinds, set(JOB_KINDS))


class ScheduleTests(unittest.TestCase):
    def test_the_seed_reproduces_the_schedule(self) -> None:
        def schedule(seed: int) -> object:
            return make_schedule(seed, 300, Shape(), list(SECONDS))

        self.assertEqual(schedule(1), schedule(1))
        self.assertNotEqual(schedule(1), schedule(2))

    def test_faults_with_a_common_claim_do_not_overlap(self) -> None:
        faults = make_schedule(7, 1_800, Shape(), list(SECONDS))
        for one, other in combinations(faults, 2):
            if one.claims & other.claims:
                self.assertLess(one.at + one.seconds, other.at)

    def test_every_kind_comes_and_ends_in_time(self) -> None:
        faults = make_schedule(7, 600, Shape(), list(KINDS))
        self.assertEqual({fault.kind for fault in faults}, set(KINDS))
        self.assertTrue(all(fault.at + fault.seconds <= 600 for fault in faults))


if __name__ == "__main__":
    unittest.main()
