"""Certificates of a made-up CA, as PEM and DER, for servers and clients on the loopback."""

from __future__ import annotations

import subprocess
from pathlib import Path


def make(folder: Path) -> Path:
    """`ca`, and `server` and `client` with keys: P-256, as Sallyport's own."""
    folder.mkdir()
    _openssl("req", "-x509", *_NEW_KEY, "-keyout", folder / "ca.key.pem", "-out", folder / "ca.pem",
             "-subj", "/CN=bench", "-days", "2",
             "-addext", "basicConstraints=critical,CA:TRUE",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    for name, usage in (("server", "serverAuth"), ("client", "clientAuth")):
        extensions = folder / f"{name}.ext"
        extensions.write_text(
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
            f"extendedKeyUsage={usage}\n"
            f"subjectAltName=DNS:localhost,IP:127.0.0.1,URI:spiffe://bench.test/{name}\n")
        request = folder / f"{name}.csr"
        _openssl("req", *_NEW_KEY, "-keyout", folder / f"{name}.key.pem", "-out", request,
                 "-subj", f"/CN={name}")
        _openssl("x509", "-req", "-in", request, "-CA", folder / "ca.pem",
                 "-CAkey", folder / "ca.key.pem", "-days", "2", "-extfile", extensions,
                 "-out", folder / f"{name}.pem")
        _key_to_der(folder / f"{name}.key.pem", folder / f"{name}.key.der")
        # HAProxy wants certificate and key in one file.
        (folder / f"{name}.both.pem").write_text(
            (folder / f"{name}.pem").read_text() + (folder / f"{name}.key.pem").read_text())
    for name in ("ca", "server", "client"):
        _to_der(folder / f"{name}.pem", folder / f"{name}.der")
    return folder


def convert(folder: Path, name: str, root: Path, certificate: Path, key: Path) -> Path:
    """A folder as `make` makes it, with `ca` and `name` alone and as DER alone."""
    folder.mkdir()
    _to_der(root, folder / "ca.der")
    _to_der(certificate, folder / f"{name}.der")
    _key_to_der(key, folder / f"{name}.key.der")
    return folder


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def _to_der(certificate: Path, der: Path) -> None:
    _openssl("x509", "-in", certificate, "-outform", "DER", "-out", der)


def _key_to_der(key: Path, der: Path) -> None:
    _openssl("pkcs8", "-topk8", "-nocrypt", "-in", key, "-outform", "DER", "-out", der)


def _openssl(*arguments: str | Path) -> None:
    done = subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")
