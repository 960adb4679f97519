"""Clients of dispatchers, each a process of its own that stays while the suite runs.

Run by the Python of the suite's virtual environment; see client.py for what they are told.
"""

BUILDBOT_WORKERS = ("one", "two")
BUILDBOT_PASSWORD = "of-a-benchmark"
