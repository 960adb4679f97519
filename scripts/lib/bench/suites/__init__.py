"""All suites, in the order in which they run."""

from ..bench import Suite

SUITES: tuple[Suite, ...] = ()
