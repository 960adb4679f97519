"""Faults of the link between a host and the gateway's."""

from __future__ import annotations

from ..network.conditions import Conditions
from .effect import Effect


class LinkFault(Effect):
    """Both directions, except where the fault says which."""

    def begin(self) -> dict[str, object] | None:
        conditions = self._conditions()
        to_gateway = self.fault.detail.get("to_gateway")
        if to_gateway in (None, True):
            self.stack.links.change(self.fault.target, "gateway", conditions)
        if to_gateway in (None, False):
            self.stack.links.change("gateway", self.fault.target, conditions)
        return {}

    def end(self) -> None:
        self.stack.links.change(self.fault.target, "gateway", Conditions())
        self.stack.links.change("gateway", self.fault.target, Conditions())

    def _conditions(self) -> Conditions:
        detail = self.fault.detail
        match self.fault.kind:
            case "cut" | "cut-one-way":
                return Conditions(cut=True)
            case "loss":
                return Conditions(loss=0.3)
            case "delay":
                return Conditions(
                    delay=float(str(detail["delay"])), jitter=float(str(detail["jitter"])))
            case "reorder":
                return Conditions(delay=0.005, reorder=float(str(detail["share"])))
            case other:
                raise ValueError(f"no link fault {other}")
