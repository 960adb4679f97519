"""HAProxy, between a client and a server that both speak TLS."""

from __future__ import annotations

from pathlib import Path

from ..bench import Bench, free_port
from ..processes import Service

CIPHER = "TLS_AES_128_GCM_SHA256"


def start(bench: Bench, name: str, sections: str) -> Service:
    """With so much of a configuration; it has the certificates' options, and no limits but the
    system's."""
    path = bench.folder / f"{name}.cfg"
    path.write_text(f"""
global
  maxconn 8000
  tune.ssl.cachesize 20000
  ssl-default-bind-ciphersuites {CIPHER}
  ssl-default-server-ciphersuites {CIPHER}
  ssl-default-bind-options ssl-min-ver TLSv1.3
defaults
  timeout connect 10s
  timeout client 600s
  timeout server 600s
  timeout tunnel 600s
{sections}
""")
    return bench.start(name, ["/usr/sbin/haproxy", "-db", "-f", path])


class Reencrypting:
    """Terminates TLS and makes it anew: client -> HAProxy -> nghttpd."""

    def __init__(self, bench: Bench, identities: Path, mode: str) -> None:
        """- mode: `http` for HTTP/2 on both sides, `tcp` for bytes."""
        self.port, origin = free_port(), free_port()
        documents = bench.folder / f"documents-{mode}"
        documents.mkdir()
        self._documents = documents
        self.origin = bench.start(
            f"nghttpd-{mode}",
            ["nghttpd", "-a", "127.0.0.1", "-d", documents, "--no-content-length", str(origin),
             identities / "server.key.pem", identities / "server.pem"])
        self.origin.wait_for_port(origin)
        self.proxy = start(bench, f"haproxy-{mode}", f"""
frontend f
  mode {mode}
  bind 127.0.0.1:{self.port} ssl crt {identities}/server.both.pem alpn h2
  default_backend b
backend b
  mode {mode}
  server s 127.0.0.1:{origin} ssl verify required ca-file {identities}/ca.pem verifyhost localhost alpn h2
""")
        self.proxy.wait_for_port(self.port)

    def document(self, size: int) -> str:
        """The URL of a file of so many bytes."""
        path = self._documents / str(size)
        if not path.exists():
            with open(path, "wb") as file:
                file.truncate(size)
        return f"https://127.0.0.1:{self.port}/{size}"
