"""The effect of each kind of fault, and which kinds these executables can have."""

from __future__ import annotations

from ..processes.operator import Operator
from .clock_faults import ClockJump
from .effect import Effect
from .handover_faults import Handover
from .network_faults import LinkFault
from .operator_faults import DrainWorker, PausePool
from .process_faults import Kill, KillSupervisor, Restart, Stop
from .schedule import SECONDS
from .store_faults import StoreFull, StoreLocked

KINDS: dict[str, type[Effect]] = {
    "kill-gateway": Kill, "kill-gateway-long": Kill, "kill-worker": Kill,
    "kill-worker-long": Kill, "kill-agent": Kill, "kill-supervisor": KillSupervisor,
    "stop-worker": Stop, "stop-worker-short": Stop, "stop-gateway": Stop, "stop-agent": Stop,
    "cut": LinkFault, "cut-one-way": LinkFault, "loss": LinkFault, "delay": LinkFault,
    "reorder": LinkFault, "store-full": StoreFull, "store-locked": StoreLocked,
    "clock-jump": ClockJump, "restart-gateway": Restart, "restart-worker": Restart,
    "restart-agent": Restart, "handover-gateway": Handover, "pause-pool": PausePool, "drain-worker": DrainWorker,
}

__all__ = ["KINDS", "Effect", "available_kinds"]


def available_kinds(operator: Operator, only: tuple[str, ...]) -> list[str]:
    """Without what these executables cannot do.

    Raises:
        ValueError: `only` names a kind that there is not.
    """
    if only == ("none",):
        return []
    for kind in only:
        if kind not in KINDS:
            raise ValueError(f"no fault '{kind}'; there are: {', '.join(KINDS)}")
    found = [kind for kind in SECONDS if kind in KINDS and (not only or kind in only)]
    needs = {"pause-pool": ("pool pause", ""), "drain-worker": ("worker drain", "--restart")}
    return [
        kind for kind in found if kind not in needs or operator.has(*needs[kind])]
