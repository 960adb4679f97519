"""TLS 1.3 handshakes with a client certificate, one after the other, for a while.

    python3 -m bench.tools.handshakes PORT IDENTITIES SECONDS [--resume]

Each connection is used until the server's first bytes, its HTTP/2 SETTINGS, so that the server is
known to have accepted it. Prints JSON: handshakes, seconds, and how many were resumed.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import sys
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
"""RFC 9113, section 3.4: the client's preface, and empty SETTINGS."""


def main() -> None:
    port, identities, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    resume = "--resume" in sys.argv
    context = ssl.create_default_context(cafile=f"{identities}/ca.pem")
    context.set_alpn_protocols(["h2"])
    context.load_cert_chain(f"{identities}/client.pem", f"{identities}/client.key.pem")
    session: ssl.SSLSession | None = None
    done = resumed = 0
    begin = time.monotonic()
    while time.monotonic() < begin + seconds:
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with context.wrap_socket(raw, server_hostname="localhost", session=session) as tls:
                tls.sendall(PREFACE)
                if not tls.recv(9):
                    raise SystemExit("the server closed the connection")
                done += 1
                resumed += tls.session_reused
                if resume:
                    session = tls.session
                # A reset leaves no port in TIME_WAIT.
                tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    print(json.dumps(
        {"handshakes": done, "seconds": time.monotonic() - begin, "resumed": resumed}))


if __name__ == "__main__":
    main()
