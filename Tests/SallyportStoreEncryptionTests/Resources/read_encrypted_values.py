"""Decrypts values of the store by docs/encryption-at-rest.md, and by nothing else.

Reads one JSON object a line: tenant, number, key, table, column, row, encrypted, or wrapped and
master. Prints one line for each: the value in hexadecimal digits, or the reason why there is none.
Shares no code with Sallyport. Needs python3-cryptography.
"""

import json
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


def fields(*values):
    result = b""
    for value in values:
        value = value.encode() if isinstance(value, str) else value
        result += len(value).to_bytes(4, "big") + value
    return result


def row_part(part):
    if isinstance(part, int):
        return b"i" + part.to_bytes(8, "big", signed=True)
    return b"t" + part.encode()


def value(request):
    data, key_id = bytes.fromhex(request["encrypted"]), request["number"].to_bytes(4, "big")
    if len(data) < 45 or data[0] != 1 or data[1:5] == bytes(4):
        return "malformed"
    if data[1:5] != key_id:
        return "wrong-key"
    salt, nonce = data[5:17], data[17:29]
    info = fields("sallyport store subkey v1", salt)
    subkey = HKDFExpand(SHA256(), 32, info).derive(bytes.fromhex(request["key"]))
    place = fields("sallyport store value v1", request["tenant"], key_id, request["table"],
                   request["column"], *map(row_part, request["row"]))
    return AESGCM(subkey).decrypt(nonce, data[29:], place).hex()


def unwrapped(request):
    data, master = bytes.fromhex(request["wrapped"]), bytes.fromhex(request["master"])
    if len(data) < 18 or data[0] != 1:
        return "malformed"
    name = HKDFExpand(SHA256(), 16, fields("sallyport master key id v1")).derive(master)
    if data[1:17] != name:
        return "wrong-key"
    binding = fields(
        "sallyport tenant key v1", request["tenant"], request["number"].to_bytes(4, "big"))
    return AESGCM(master).decrypt(data[17:29], data[29:], binding).hex()


for line in sys.stdin:
    one = json.loads(line)
    try:
        print(unwrapped(one) if "wrapped" in one else value(one))
    except InvalidTag:
        print("not-authentic")
