"""All suites, in the order in which they run."""

from . import dispatch

SUITES = (dispatch.SUITE,)
