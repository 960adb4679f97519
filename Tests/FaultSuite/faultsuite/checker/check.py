"""The whole checker."""

from __future__ import annotations

from ..history.history import History
from .rules.cancellation import cancellation
from .rules.cleanup import cleanup
from .rules.completions import completions
from .rules.fencing import fencing
from .rules.logs import logs
from .rules.overlap import overlap
from .rules.placement import placement
from .rules.processes import processes
from .rules.results import results
from .rules.retries import retries
from .rules.states import states
from .rules.submits import submits
from .violation import Violation

RULES = (
    submits, states, placement, completions, results, overlap, fencing, logs, cancellation, retries,
    cleanup, processes)


def check(history: History) -> list[Violation]:
    """Every promise that the history shows to be broken."""
    return [violation for rule in RULES for violation in rule(history)]
