"""All suites, in the order in which they run."""

from . import connections, dispatch, git, grpc, relay, store

SUITES = (grpc.SUITE, relay.SUITE, connections.SUITE, dispatch.SUITE, store.SUITE, git.SUITE)
