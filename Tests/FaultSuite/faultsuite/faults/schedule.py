"""Which fault happens when, to whom and for how long: made from the seed alone."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from ..processes.stack import Shape

SECONDS = {
    "kill-gateway": (0.3, 4.0),
    "kill-gateway-long": (11.0, 15.0),
    "kill-worker": (0.3, 6.0),
    "kill-worker-long": (12.0, 16.0),
    "kill-supervisor": (0.0, 0.0),
    "kill-agent": (0.5, 5.0),
    "stop-worker": (12.0, 17.0),
    "stop-worker-short": (1.0, 5.0),
    "stop-gateway": (2.0, 14.0),
    "stop-agent": (2.0, 8.0),
    "cut": (2.0, 16.0),
    "cut-one-way": (2.0, 16.0),
    "loss": (6.0, 15.0),
    "delay": (6.0, 15.0),
    "reorder": (8.0, 20.0),
    "store-full": (3.0, 9.0),
    "store-locked": (2.0, 8.0),
    "clock-jump": (6.0, 20.0),
    "restart-gateway": (0.0, 0.0),
    "restart-worker": (0.0, 0.0),
    "restart-agent": (0.0, 0.0),
    "handover-gateway": (3.0, 3.0),
    "pause-pool": (3.0, 10.0),
    "drain-worker": (0.0, 0.0),
}
"""Kinds of faults, and how long each lasts: a kill, until the process is started again."""

QUIET_SECONDS = 1.5
"""Between two faults of one target, at least."""


@dataclass(frozen=True)
class Fault:
    """One fault. Two with a common `claims` never overlap."""

    number: int
    kind: str
    target: str
    at: float
    seconds: float
    detail: dict[str, object] = field(default_factory=dict)

    @property
    def claims(self) -> frozenset[str]:
        match self.kind:
            case "store-full" | "store-locked":
                return frozenset({"gateway", "store"})
            case "cut" | "cut-one-way" | "loss" | "delay" | "reorder":
                return frozenset({f"link {self.target}"})
            case "clock-jump":
                return frozenset({f"clock {self.target}", self.target})
            case "pause-pool":
                return frozenset({f"pool {self.target}"})
            case _:
                return frozenset({self.target})


def make_schedule(
    seed: int, seconds: float, shape: Shape, kinds: list[str], mean_pause: float = 2.5
) -> list[Fault]:
    """In order of time. Each kind has its turn before one comes again."""
    source = random.Random(f"{seed}/faults")
    faults: list[Fault] = []
    busy: dict[str, float] = {}
    deck: list[str] = []
    at = 3.0
    while kinds:
        at += 1.0 + source.expovariate(1 / mean_pause)
        if not deck:
            deck = kinds.copy()
            source.shuffle(deck)
        kind = deck.pop()
        length = source.uniform(*SECONDS[kind])
        if at + length > seconds:
            if at > seconds:
                break
            continue
        fault = Fault(
            len(faults), kind, _target(source, kind, shape), at, length, _detail(source, kind))
        if all(busy.get(claim, 0.0) <= at for claim in fault.claims):
            faults.append(fault)
            busy |= {claim: at + length + QUIET_SECONDS for claim in fault.claims}
    return faults


def _target(source: random.Random, kind: str, shape: Shape) -> str:
    workers = list(shape.workers)
    match kind:
        case "kill-gateway" | "kill-gateway-long" | "stop-gateway" | "store-full":
            return "gateway"
        case "store-locked" | "restart-gateway" | "handover-gateway":
            return "gateway"
        case "kill-agent" | "stop-agent" | "restart-agent":
            return source.choice(shape.agents)
        case "cut" | "cut-one-way" | "loss" | "delay" | "reorder":
            return source.choice([*workers, "agents"])
        case "clock-jump":
            return source.choice(["gateway", *workers, "agents"])
        case "pause-pool":
            return source.choice(shape.pools)
        case _:
            return source.choice(workers)


def _detail(source: random.Random, kind: str) -> dict[str, object]:
    match kind:
        case "cut-one-way":
            return {"to_gateway": source.random() < 0.5}
        case "delay":
            return {"delay": source.uniform(0.05, 0.3), "jitter": source.uniform(0, 0.2)}
        case "reorder":
            return {"share": source.uniform(0.05, 0.3)}
        case "clock-jump":
            return {"seconds": source.choice((-1, 1)) * source.randint(20, 1200)}
        case "kill-supervisor":
            return {"choice": source.random()}
        case _:
            return {}
