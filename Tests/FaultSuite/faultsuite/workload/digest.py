"""Digest of a folder's files, the same on the runner and in a job."""

from __future__ import annotations

import hashlib
import os


def tree_digest(folder: str) -> str:
    """SHA-256 over names and contents, in order of name; `.git` is left out."""
    digest = hashlib.sha256()
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(files):
            if name == ".git":
                continue
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                content = file.read()
            digest.update(os.path.relpath(path, folder).encode() + b"\0")
            digest.update(len(content).to_bytes(8, "little") + content)
    return digest.hexdigest()
