"""The command line that submits a planned job."""

from __future__ import annotations

import sys
from pathlib import Path

from ..processes.operator import Operator
from ..processes.stack import VCS_POOL
from .plan import JobPlan
from .repository import Repository

PROGRAM = Path(__file__).with_name("job.py")


class Submission:
    """Knows which options these executables have; what they lack, jobs do not ask for."""

    def __init__(self, operator: Operator, records: Path, repository: Repository) -> None:
        self._operator = operator
        self._records = records
        self._repository = repository
        self.has_retries = operator.has("job submit", "--retry")
        self.has_priorities = operator.has("job submit", "--priority")

    def words(self, plan: JobPlan) -> list[str]:
        """Arguments of `sallyport`."""
        words = [
            "job", "submit", "--pool", plan.pool, "--idempotency-key", plan.key,
            "--timeout", f"{plan.timeout}s", "--output", "json", "--timeout-rpc", "8s",
        ]
        if plan.branch is not None:
            branch = self._repository.branches[plan.branch]
            words += ["--repo", f"{VCS_POOL}:{self._repository.name}", "--ref", branch.name]
        if self.has_retries and plan.retry != "never":
            words += [
                "--retry", plan.retry, "--max-attempts", str(plan.maximum_attempts),
                "--retry-backoff", "1s"]
        if plan.zone is not None:
            words += ["--select", f"zone={plan.zone}"]
        if plan.queue_timeout is not None:
            words += ["--queue-timeout", f"{plan.queue_timeout}s"]
        if self.has_priorities and plan.priority:
            words.append(f"--priority={plan.priority}")
        return [*words, "--", sys.executable, str(PROGRAM), str(self._records), plan.argument()]
