"""How exactly things are measured. What is not named here is compared exactly."""

from __future__ import annotations

from ..processes import settings

END_SECONDS = 1.0
"""How long after the gateway was seen to have ended an attempt its command may still be seen
to run: a beat, and the scheduling of a busy machine."""

AFTERMATH_SECONDS = 45.0
"""How long a fault explains what happens after it: reconnecting takes up to 30 s, then a lease."""

CANCEL_SECONDS = settings.CANCEL_GRACE_SECONDS + 8.0
"""From an acknowledged cancellation to the end of the command, where nothing is in its way."""

DAEMON_SECONDS = 5.0
"""From the end of a job's command to the end of what it has left behind."""

DAEMON_AFTER_FAULT_SECONDS = 20.0
"""The same, after the fault of the worker or supervisor that should have seen to it has ended."""

EXTRA_FILES = 24
"""Open files beyond the baseline: connections that are being replaced, a log upload."""

EXTRA_KIB = 128 * 1024
"""Memory beyond the baseline: the caches of allocator and database."""

LAST_CHUNK_BYTES = 70_000
"""What a killed command may have recorded and not printed: one chunk."""
