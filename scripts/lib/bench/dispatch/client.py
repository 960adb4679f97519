"""What every client of a dispatcher does: takes a JSON line, measures, answers with a JSON line."""

from __future__ import annotations

import json
import sys
from typing import Protocol

OUTPUT = "sallyport"
"""What each job prints."""

COMMAND = ["echo", OUTPUT]


class Client(Protocol):
    def stages(self) -> dict[str, float]:
        """Runs one job; the seconds from its submission to `accepted`, when it would survive a
        crash of the dispatcher, to `first`, when this client has what the job printed, and to
        `final`, when it knows how the job ended."""

    def burst(self, jobs: int) -> float:
        """Seconds from the first submission until all of these jobs have ended well."""


def serve(client: Client) -> None:
    """`{"stages": N}` gives N objects, one for each job; anything else, such as `{"burst": N}`, what
    the client's method of that name gives."""
    print("ready", flush=True)
    for line in sys.stdin:
        (name, value), = json.loads(line).items()
        if name == "stages":
            answer = [client.stages() for _ in range(value)]
        else:
            answer = getattr(client, name)(value)
        print(json.dumps(answer), flush=True)
