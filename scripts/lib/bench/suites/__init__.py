"""All suites, in the order in which they run."""

from . import connections, dispatch, distance, git, growth, grpc, masking, micro, purge, relay, store

SUITES = (grpc.SUITE, relay.SUITE, connections.SUITE, dispatch.SUITE, store.SUITE, purge.SUITE,
          git.SUITE, masking.SUITE, micro.SUITE, growth.SUITE, distance.SUITE)
