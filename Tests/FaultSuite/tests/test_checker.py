"""The checker finds what breaks a promise, and nothing else."""

from __future__ import annotations

import dataclasses
import unittest

from faultsuite.history.history import FaultSpan, Operation, ProcessEnd, Resources, Seen

from .histories import (
    JOB, TOKEN, clean, execution, final, finish, kinds, log, plan)


class CheckerTests(unittest.TestCase):
    def setUp(self) -> None:
        self.history = clean()

    def expect(self, *expected: str) -> None:
        self.assertEqual(kinds(self.history), set(expected))

    def cut(self, begin: float, end: float, target: str = "worker-1") -> None:
        self.history.faults.append(FaultSpan(0, "cut", target, begin, end))

    def test_a_clean_history_has_no_violation(self) -> None:
        self.expect()

    # MARK: Submits

    def test_an_acknowledged_job_must_exist(self) -> None:
        self.history.finals.clear()
        self.history.audit.clear()
        self.expect("submit-lost")

    def test_a_submit_without_answer_may_or_may_not_have_been_done(self) -> None:
        self.history.operations.insert(
            0, Operation("submit", TOKEN, "key-0", 9.0, 9.9, "unknown", None))
        self.expect()

    def test_a_submit_must_be_accepted_in_the_end(self) -> None:
        self.history = type(self.history)()
        self.history.operations = [Operation("submit", TOKEN, "key-0", 9.0, 9.9, "unknown")]
        self.expect("submit-never-accepted")

    def test_one_key_is_one_job(self) -> None:
        other = "f" * 32
        self.history.operations.append(
            Operation("submit", TOKEN, "key-0", 11.0, 11.1, "ok", other, repeat=True))
        self.history.finals[other] = dataclasses.replace(
            final("cancelled", 0), job=other, worker=None)
        self.expect("key-used-twice", "job-doubled", "cancelled-by-nobody")

    def test_a_job_that_nobody_submitted(self) -> None:
        self.history.operations.clear()
        self.expect("job-from-nowhere")

    # MARK: States

    def test_a_final_state_is_final(self) -> None:
        self.history.seen.append(Seen(15.0, 15.1, JOB, "running", 1))
        self.expect("final-state-left")

    def test_the_end_is_compared_with_what_was_seen_before(self) -> None:
        self.history.finals[JOB] = final("failed", exit_code=None)
        self.history.executions = [execution(stop=None, code=None)]
        self.history.audit = []
        self.cut(12, 13)
        self.expect("final-state-left")

    def test_epochs_only_grow(self) -> None:
        self.history.seen.insert(2, Seen(12.5, 12.6, JOB, "queued", 0))
        self.expect("epoch-went-back")

    def test_observations_at_the_same_time_have_no_order(self) -> None:
        self.history.seen.insert(2, Seen(12.25, 12.6, JOB, "offered", 1))
        self.expect()

    def test_a_log_does_not_become_shorter(self) -> None:
        self.history.seen.insert(2, Seen(12.5, 12.6, JOB, "running", 1, 500))
        self.history.seen.insert(3, Seen(12.7, 12.8, JOB, "running", 1, 400))
        self.history.seen[-1] = Seen(14.2, 14.3, JOB, "succeeded", 1, 700)
        self.expect("log-went-back")

    def test_running_does_not_become_offered(self) -> None:
        self.history.seen.insert(2, Seen(12.5, 12.6, JOB, "offered", 1))
        self.expect("state-went-back")

    def test_every_job_ends(self) -> None:
        self.history.finals[JOB] = final("running")
        self.history.seen.pop()
        self.history.audit = []
        self.expect("not-final")

    def test_jobs_do_not_disappear(self) -> None:
        self.history.missing.append((13.0, JOB))
        self.expect("job-disappeared")

    # MARK: Completions

    def test_a_finish_counts_once(self) -> None:
        self.history.audit.append(finish(6, 1, "succeeded"))
        self.expect("finish-accepted-twice", "succeeded-twice")

    def test_a_finish_of_an_old_epoch_does_not_count(self) -> None:
        ended = {"sequence": 4, "action": "attempt.end", "decision": "denied", "object": f"{JOB}/1"}
        self.history.audit.insert(0, ended)
        self.expect("stale-finish-accepted")

    def test_what_was_accepted_is_kept(self) -> None:
        self.history.audit = [finish(5, 1, "failed")]
        self.expect("finish-not-kept")

    # MARK: Results

    def test_success_needs_a_run_that_ended_with_0(self) -> None:
        self.history.executions = [execution(stop=None, code=None)]
        self.expect("result-wrong")

    def test_success_needs_a_run(self) -> None:
        self.history.executions = []
        self.history.logs = []
        self.expect("success-without-run")

    def test_a_job_runs_where_its_label_is(self) -> None:
        self.history.plans[TOKEN] = plan(zone="b")
        self.history.zones = {"worker-1": "a", "worker-2": "b"}
        self.expect("wrong-worker")
        self.history.zones = {"worker-1": "b"}
        self.expect()

    def time_out_in_queue(self, finished: str) -> None:
        self.history.finals[JOB] = final(
            "timed_out", epoch=0, exit_code=None, reason="its queue timeout", attempts_run=0,
            raw={"submitted_at": "2026-01-01T00:00:10.000Z", "finished_at": finished})
        self.history.seen = [Seen(10.2, 10.3, JOB, "queued", 0)]
        self.history.executions = []
        self.history.logs = []
        self.history.audit = []

    def test_a_queue_timeout_is_no_failure_and_not_early(self) -> None:
        self.time_out_in_queue("2026-01-01T00:00:15.100Z")
        self.history.plans[TOKEN] = plan(queue_timeout=5, retry="always", maximum_attempts=3)
        self.history.has_retries = True
        self.expect()
        self.history.plans[TOKEN] = plan(queue_timeout=8)
        self.expect("queue-timeout-early")

    def test_nobody_times_out_in_the_queue_without_a_queue_timeout(self) -> None:
        self.time_out_in_queue("2026-01-01T01:00:15.100Z")
        self.expect("timed-out-in-queue")

    def test_the_exit_code_is_the_recorded_one(self) -> None:
        self.history.finals[JOB] = final("failed", exit_code=3)
        self.history.seen[-1] = Seen(14.2, 14.3, JOB, "failed", 1)
        self.history.executions = [execution(code=4)]
        self.history.audit = [finish(5, 1, "failed")]
        self.expect("result-wrong")

    def lose(self) -> None:
        self.history.finals[JOB] = final("lost", exit_code=None, reason="its lease ran out")
        self.history.seen[-1] = Seen(14.2, 14.3, JOB, "lost", 1)
        self.history.executions = [execution(last=13.5, stop=None, code=None)]
        self.history.audit = []

    def test_lost_without_any_fault(self) -> None:
        self.lose()
        self.expect("lost-without-fault")

    def test_lost_with_its_worker(self) -> None:
        self.lose()
        self.cut(11, 13)
        self.expect()

    def test_the_fault_of_another_worker_explains_nothing(self) -> None:
        self.lose()
        self.cut(11, 13, "worker-2")
        self.expect("lost-without-fault")

    def test_a_clock_jump_explains_nothing(self) -> None:
        self.lose()
        self.history.faults.append(FaultSpan(0, "clock-jump", "worker-1", 11, 13))
        self.expect("lost-without-fault")

    def test_the_checkout_is_that_of_the_branch(self) -> None:
        self.history.plans[TOKEN] = plan(branch=0)
        self.history.branches = [{"name": "small", "commit": "c" * 40, "digest": "d"}]
        self.history.executions = [execution(commit="c" * 40, digest="other")]
        self.expect("wrong-checkout")

    # MARK: Attempts

    def run_again(self, start: float) -> None:
        self.history.plans[TOKEN] = plan(retry="on-lost", maximum_attempts=2)
        self.history.has_retries = True
        self.history.executions = [
            execution(1, 12.0, 13.0, stop=None, code=None), execution(2, start, start + 2)]
        self.history.seen = [Seen(start + 3, start + 3.1, JOB, "succeeded", 2)]
        self.history.finals[JOB] = final(epoch=2)
        self.history.logs = [log(1, state=None), log(2)]
        self.history.audit = [finish(5, 2, "succeeded")]
        self.cut(11, 13)

    def test_a_lost_attempt_is_run_again(self) -> None:
        self.run_again(13.1)
        self.expect()

    def test_attempts_do_not_overlap(self) -> None:
        self.run_again(12.9)
        self.expect("attempts-overlap")

    def test_a_job_that_may_not_be_retried_runs_once(self) -> None:
        self.run_again(13.1)
        self.history.plans[TOKEN] = plan()
        self.expect("ran-too-often")

    def test_an_attempt_runs_once(self) -> None:
        self.history.executions.append(dataclasses.replace(execution(), pid=500))
        self.expect("attempt-ran-twice")

    def test_a_lost_job_is_retried_while_it_may_be(self) -> None:
        self.lose()
        self.cut(11, 13)
        self.history.plans[TOKEN] = plan(retry="on-lost", maximum_attempts=3)
        self.history.has_retries = True
        self.expect("not-retried")

    def test_nothing_runs_once_the_gateway_has_ended_it(self) -> None:
        self.lose()
        self.cut(11, 13)
        self.history.executions = [execution(last=15.4, stop=None, code=None)]
        self.expect("ran-past-end")

    # MARK: Logs

    def test_a_complete_log_is_complete(self) -> None:
        self.history.logs = [log(written=10, logged=9)]
        self.expect("log-cut")

    def test_a_killed_command_may_not_have_printed_its_last_chunk(self) -> None:
        self.lose()
        self.cut(11, 13)
        self.history.logs = [log(written=10, logged=9, stopped=False)]
        self.expect()

    def test_logged_bytes_are_written_bytes(self) -> None:
        self.history.logs = [log(fact={"written": 10, "logged": 10, "common": 4})]
        self.expect("log-differs")

    def test_a_log_is_incomplete_only_for_a_fault(self) -> None:
        self.history.logs = [log(logged=5, state="incomplete", reason="the spool was torn")]
        self.expect("log-incomplete-without-fault")
        self.history.faults = [FaultSpan(0, "kill-gateway", "gateway", 12, 13)]
        self.expect("log-incomplete-without-fault")
        self.history.faults = [FaultSpan(0, "kill-worker", "worker-1", 12, 13)]
        self.expect()

    def test_the_log_of_a_lost_attempt_may_end_anywhere(self) -> None:
        self.lose()
        self.cut(11, 13)
        self.history.logs = [log(logged=5, state="incomplete", reason="lost", stopped=False)]
        self.expect()

    def test_an_incomplete_log_has_a_reason(self) -> None:
        self.history.logs = [log(logged=5, state="incomplete")]
        self.history.finals[JOB] = final(raw={"log_incomplete_reason": ""})
        self.history.faults = [FaultSpan(0, "kill-worker", "worker-1", 12, 13)]
        self.expect("log-incomplete-without-reason")

    def test_the_log_of_an_ended_job_is_not_open(self) -> None:
        self.history.logs = [log(state="open")]
        self.expect("log-open")

    def test_a_log_can_be_read(self) -> None:
        self.history.logs = [log(status=70)]
        self.expect("log-unreadable")

    # MARK: Cancellation

    def test_a_cancelled_job_stops(self) -> None:
        self.history.operations.append(Operation("cancel", TOKEN, "key-0", 12.4, 12.5, "ok", JOB))
        self.history.executions = [execution(last=40.0)]
        self.history.seen[-1] = Seen(40.2, 40.3, JOB, "succeeded", 1)
        self.expect("cancel-ignored")

    def test_nothing_begins_after_a_cancellation(self) -> None:
        self.history.operations.append(Operation("cancel", TOKEN, "key-0", 10.4, 10.5, "ok", JOB))
        self.expect("ran-after-cancel")

    # MARK: What is left

    def test_an_orphan(self) -> None:
        self.history.orphans = [{"pid": 7, "parent": 1, "job": JOB, "command": "sleep"}]
        self.expect("orphan")

    def test_a_daemon_ends_with_its_job(self) -> None:
        self.history.executions.append(execution(last=30.0, role="daemon", stop=None, folder=""))
        self.expect("daemon-survived")

    def test_a_workspace_that_is_left(self) -> None:
        self.history.leftovers = ["worker-1/workspaces/x"]
        self.expect("leftover")

    def test_files_that_leak(self) -> None:
        self.history.resources = [
            Resources("baseline", "gateway", 1, 40, 100_000),
            Resources("final", "gateway", 2, 140, 100_000)]
        self.expect("files-leaked")

    def test_a_crash(self) -> None:
        self.history.ends = [ProcessEnd("gateway", 1, 11.0, -4, None)]
        self.expect("process-died")

    def test_what_the_runtime_says_of_a_trap(self) -> None:
        self.history.crashes = ["worker-1.log: Fatal error: Index out of range"]
        self.expect("crash")

    def test_a_kill_is_no_crash(self) -> None:
        self.history.ends = [ProcessEnd("gateway", 1, 11.0, -9, "kill")]
        self.expect()


if __name__ == "__main__":
    unittest.main()
