#!/usr/bin/python3
"""Reads a stolen database of a gateway with stolen keys, as a thief would who has read the docs:
everything that is there, and whatever of it the keys decrypt, goes to standard output.

    thief.py DATABASE MASTER_KEY TENANT_KEYS

Says at the end, on standard error, how many values could be decrypted and how many could not.
"""

import base64
import importlib.machinery
import importlib.util
import json
import pathlib
import sqlite3
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# The format, as it is written down in Python for its vectors.
_path = pathlib.Path(__file__).resolve().parents[3] / "scripts/generate-encryption-vectors"
_loader = importlib.machinery.SourceFileLoader("format", str(_path))
form = importlib.util.module_from_spec(importlib.util.spec_from_loader("format", _loader))
sys.dont_write_bytecode = True
_loader.exec_module(form)

database, master, folder = sys.argv[1:]
master = base64.b64decode(open(master).read())
keys = {}
for file in pathlib.Path(folder).iterdir():
    # What an interrupted change has left begins with the tenant's name, too.
    tenant = file.name.split(".")[0]
    for key in json.loads(file.read_text())["keys"]:
        wrapped = base64.b64decode(key["wrapped"])[17:]
        try:
            keys[tenant, key["number"]] = AESGCM(master).decrypt(
                wrapped[:12], wrapped[12:], form.binding(tenant, key["number"]))
        except InvalidTag:
            pass
counts = {"opened": 0, "closed": 0}


def opened(tenant, place, value, *row):
    if not tenant or not value:
        return value
    stored = base64.b64decode(value) if isinstance(value, str) else value
    number, salt, nonce = int.from_bytes(stored[1:5], "big"), stored[5:17], stored[17:29]
    place = form.fields(
        "sallyport store value v1", tenant, stored[1:5], *place.split("."),
        *map(form.row_part, row))
    try:
        subkey = form.expand(
            keys[tenant, number], form.fields("sallyport store subkey v1", salt), 32)
        plain = AESGCM(subkey).decrypt(nonce, stored[29:], place)
    except (KeyError, InvalidTag):
        counts["closed"] += 1
        return None
    counts["opened"] += 1
    return plain


# Views decrypt all other columns.
LARGE = [
    """SELECT opened(job.tenant, 'job_spec.spec', spec, job.id)
       FROM job_spec JOIN job ON job.sequence = job_spec.job""",
    """SELECT opened(job.tenant, 'log_chunk.data', data, job.id, attempt.epoch, offset)
       FROM log_chunk JOIN attempt ON attempt.number = log_chunk.attempt
       JOIN job ON job.id = attempt.job""",
]
connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
connection.create_function("opened", -1, opened)
names = connection.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
for query in [f'SELECT * FROM "{name}"' for (name,) in names.fetchall()] + LARGE:
    for row in connection.execute(query):
        for value in row:
            sys.stdout.buffer.write(value if isinstance(value, bytes) else str(value).encode())
            sys.stdout.buffer.write(b"\n")
print(json.dumps(counts), file=sys.stderr)
