"""Runs real executables under seeded faults, records what happens and checks it.

`scripts/faults` is the way in; `docs/decisions/0005-a-fault-suite-in-python.md` says why it is as it is.
"""
