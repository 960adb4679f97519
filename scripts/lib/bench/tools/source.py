"""A TCP server that sends as many bytes as are asked for, and its client.

    python3 -m bench.tools.source                 serve; prints its port
    python3 -m bench.tools.source PORT BYTES      fetch; prints the seconds that it took
"""

from __future__ import annotations

import socket
import sys
import threading
import time

PIECE = memoryview(bytes(256 * 1024))


def serve() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print("listening on", listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=answer, args=(connection,), daemon=True).start()


def answer(connection: socket.socket) -> None:
    with connection:
        unsent = int.from_bytes(connection.recv(8, socket.MSG_WAITALL), "big")
        try:
            while unsent:
                unsent -= connection.send(PIECE[:min(unsent, len(PIECE))])
        except ConnectionError:
            pass


def fetch(port: int, count: int) -> float:
    begin = time.monotonic()
    buffer = bytearray(len(PIECE))
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(count.to_bytes(8, "big"))
        missing = count
        while missing and (received := connection.recv_into(buffer)):
            missing -= received
    if missing:
        raise SystemExit(f"{missing} of {count} bytes are missing")
    return time.monotonic() - begin


if __name__ == "__main__":
    if len(sys.argv) == 1:
        serve()
    else:
        print(fetch(int(sys.argv[1]), int(sys.argv[2])))
