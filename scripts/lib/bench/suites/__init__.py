"""All suites, in the order in which they run."""

from . import connections, dispatch, distance, git, grpc, micro, purge, relay, store

SUITES = (grpc.SUITE, relay.SUITE, connections.SUITE, dispatch.SUITE, store.SUITE, purge.SUITE,
          git.SUITE, micro.SUITE, distance.SUITE)
