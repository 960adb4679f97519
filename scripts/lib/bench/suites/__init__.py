"""All suites, in the order in which they run."""

from . import dispatch, store

SUITES = (dispatch.SUITE, store.SUITE)
