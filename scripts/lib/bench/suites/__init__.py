"""All suites, in the order in which they run."""

from . import dispatch, git, store

SUITES = (dispatch.SUITE, store.SUITE, git.SUITE)
