"""The configuration of Buildbot's master: two workers, one builder, one command.

What happens is told at once, by a datagram for each event, to the socket that `BENCH_EVENTS` names:
a client that asked for it over HTTP would learn it later. `BENCH_WORKERS_PORT` and `BENCH_HTTP_PORT`
are where it listens.
"""

import os
import socket

from buildbot.plugins import schedulers, steps, util, worker
from buildbot.util.service import BuildbotService

from bench.dispatch import BUILDBOT_PASSWORD, BUILDBOT_WORKERS
from bench.dispatch.client import COMMAND


class Events(BuildbotService):
    """Tells of logs that grew, and of builds that ended with 0 (success) or another result."""

    name = "events"

    async def startService(self):
        await super().startService()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._consumers = [
            await self.master.mq.startConsuming(
                lambda key, event: self._tell("log"), ("logs", None, "append")),
            await self.master.mq.startConsuming(
                lambda key, event: self._tell(f"end {event['results']}"),
                ("builds", None, "finished")),
        ]

    async def stopService(self):
        for consumer in self._consumers:
            consumer.stopConsuming()
        await super().stopService()

    def _tell(self, text):
        self._socket.sendto(text.encode(), os.environ["BENCH_EVENTS"])


BuildmasterConfig = {
    "workers": [worker.Worker(name, BUILDBOT_PASSWORD) for name in BUILDBOT_WORKERS],
    "protocols": {"pb": {"port": f"tcp:{os.environ['BENCH_WORKERS_PORT']}:interface=127.0.0.1"}},
    "schedulers": [schedulers.ForceScheduler(name="force", builderNames=["bench"])],
    "builders": [util.BuilderConfig(
        name="bench", workernames=list(BUILDBOT_WORKERS), collapseRequests=False,
        factory=util.BuildFactory([steps.ShellCommand(command=COMMAND)]))],
    "services": [Events()],
    "www": {"port": f"tcp:{os.environ['BENCH_HTTP_PORT']}:interface=127.0.0.1", "plugins": {}},
    "db": {"db_url": "sqlite:///state.sqlite"},
    "buildbotNetUsageData": None,
}
