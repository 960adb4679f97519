"""Which records are drawn, and how they are called."""

from __future__ import annotations

from dataclasses import dataclass

from .points import Point, points


@dataclass(frozen=True)
class Panel:
    """One coordinate system.

    Attributes:
        series: Patterns of records' names, by what the legend calls them.
    """

    title: str
    unit: str
    series: dict[str, str]


@dataclass(frozen=True)
class Plot:
    """Attributes:
        command: What measures it.
    """

    file: str
    title: str
    axis: str
    command: str
    panels: tuple[Panel, ...]

    def filled(self, records: list[dict]) -> list[tuple[Panel, dict[str, list[Point]]]]:
        """The panels that something was measured for, with that."""
        panels = []
        for panel in self.panels:
            drawn = {name: found for name, pattern in panel.series.items()
                     if len(found := points(records, pattern)) > 1}
            if drawn:
                panels.append((panel, drawn))
        return panels


PLOTS = (
    Plot(
        "relays.svg", "Relays at once, one worker and one VCS agent", "relays",
        "scripts/bench growth/relays",
        (
            Panel("Throughput of all", "GB/s", {"": "growth/relays/throughput"}),
            Panel("CPU time", "CPU-s/GB", {
                "gateway": "growth/relays/gateway-cpu",
                "gateway, worker, agent": "growth/relays/cpu"}),
            Panel("A job is accepted meanwhile after", "ms", {
                "median": "growth/relays/acceptance-p50", "p99": "growth/relays/acceptance-p99"}),
            Panel("Busy, with everything that runs", "cores", {"": "growth/relays/busy"}),
        )),
    Plot(
        "sessions.svg", "Idle sessions", "sessions",
        "scripts/bench growth/sessions-100 growth/sessions-1000 growth/sessions-10000",
        (
            Panel("Gateway's memory", "MiB", {"": r"growth/sessions-\d+/memory"}),
            Panel("Gateway's CPU time", "CPU-ms/s", {"": r"growth/sessions-\d+/idle-cpu"}),
            Panel("A job is accepted after", "ms", {
                "median": r"growth/sessions-\d+/acceptance-p50",
                "p99": r"growth/sessions-\d+/acceptance-p99"}),
        )),
    Plot(
        "store.svg", "Finished jobs in the store", "finished jobs",
        "scripts/bench store/jobs-10000 store/jobs-1000000",
        (
            Panel("A job is accepted, and has ended, after", "ms", {
                "accepted, median": r"store/jobs-\d+/accepted-p50",
                "ended, median": r"store/jobs-\d+/final-p50",
                "ended, p99": r"store/jobs-\d+/final-p99"}),
            Panel("A page of jobs, median", "ms", {
                "the newest": r"store/jobs-\d+/list-p50",
                "of a state without jobs": r"store/jobs-\d+/list-none-p50"}),
            Panel("Jobs, submitted at once", "jobs/s", {"": r"store/jobs-\d+/rate"}),
        )),
)
