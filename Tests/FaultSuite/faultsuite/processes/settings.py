"""Configuration of the executables under test: everything short, so that seconds suffice."""

from __future__ import annotations

LEASE_SECONDS = 10
"""The shortest that the gateway takes."""

RENEW_SECONDS = 2
PING_SECONDS = 2
OFFER_SECONDS = 5
RESTART_GRACE_SECONDS = 6
GATEWAY_GRACE_SECONDS = 4
AGENT_DRAIN_SECONDS = 10
TERMINATION_GRACE_SECONDS = 2
CANCEL_GRACE_SECONDS = 2
WORKER_CAPACITY = 3

GATEWAY_ENVIRONMENT = {
    "SALLYPORT_GATEWAY_LEASES_DURATION": f"{LEASE_SECONDS}s",
    "SALLYPORT_GATEWAY_LEASES_RENEW_INTERVAL": f"{RENEW_SECONDS}s",
    "SALLYPORT_GATEWAY_LEASES_RESTART_GRACE": f"{RESTART_GRACE_SECONDS}s",
    "SALLYPORT_GATEWAY_SESSIONS_PING_INTERVAL": f"{PING_SECONDS}s",
    "SALLYPORT_GATEWAY_OFFERS_ACCEPT_TIMEOUT": f"{OFFER_SECONDS}s",
    "SALLYPORT_GATEWAY_OFFERS_MAXIMUM": "1000",
    "SALLYPORT_GATEWAY_RELAYS_DEADLINE": "5s",
    "SALLYPORT_GATEWAY_CONNECTIONS_MAXIMUM_AGE": "1m",
    "SALLYPORT_GATEWAY_SHUTDOWN_GRACE": f"{GATEWAY_GRACE_SECONDS}s",
}


def worker_configuration(endpoint: str, state: str, name: str, zone: str) -> str:
    return f"""\
gateway:
  endpoint: "{endpoint}"
  server-name: localhost
  trust-domain: gateway.example
state:
  directory: "{state}"
health:
  port: 0
  port-file: "{state}/health-port"
display-name: {name}
labels:
  - zone={zone}
jobs:
  capacity: {WORKER_CAPACITY}
  termination-grace: {TERMINATION_GRACE_SECONDS}s
  cancel-grace: {CANCEL_GRACE_SECONDS}s
logs:
  maximum-unacknowledged: 1MiB
shutdown:
  settle-grace: 20s
"""


def agent_configuration(
    endpoint: str, state: str, name: str, url: str, ca: str, credential: str
) -> str:
    return f"""\
gateway:
  endpoint: "{endpoint}"
  server-name: localhost
  trust-domain: gateway.example
state:
  directory: "{state}"
health:
  port: 0
  port-file: "{state}/health-port"
display-name: {name}
drain:
  timeout: {AGENT_DRAIN_SECONDS}s
repositories:
  - team/*
upstreams:
  - match: "team/*"
    url: {url}
    ca-file: "{ca}"
    credential-file: "{credential}"
"""
