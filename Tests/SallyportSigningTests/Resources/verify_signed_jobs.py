"""Verifies signed jobs by docs/protocol.md, "Signed jobs", and by nothing else.

    verify_signed_jobs.py FILE    FILE has the form of docs/vectors/signed-jobs.json

Prints one JSON object: the name of each vector with 'accepted' or the reason why it is refused.
Shares no code with Sallyport. Needs python3-cryptography.
"""

import base64
import binascii
import datetime
import hashlib
import hmac
import json
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Refused(Exception):
    pass


def require(condition, reason="malformed"):
    if not condition:
        raise Refused(reason)


def strict_json(data):
    def members(pairs):
        require(len({name for name, _ in pairs}) == len(pairs))
        return dict(pairs)

    def integer(text):
        require(str(int(text)) == text and -(2**63) <= int(text) < 2**63)
        return int(text)

    def refuse(_):
        raise Refused("malformed")

    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=members, parse_int=integer,
            parse_float=refuse, parse_constant=refuse)
        # Fails where there is a lone surrogate.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise Refused("malformed") from None
    require(isinstance(value, dict))
    return value


def unbase64(text):
    require(isinstance(text, str))
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("malformed") from None
    require(base64.b64encode(data).decode() == text)
    return data


def time(text):
    require(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", text))
    try:
        value = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        raise Refused("malformed") from None
    require(value.year >= 1970)
    return value


def is_strings(value):
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def is_map(value):
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


NAME = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
REQUIRED = {
    "job_id", "tenant", "external_id", "worker_pool", "not_before", "expires", "runs", "command"}
OPTIONAL = {
    "environment", "secrets", "image", "timeout_seconds", "selector", "checkout", "extensions",
    "critical"}


def is_repository(text):
    parts = text.split("/")
    return (
        len(text) <= 512 and len(parts) <= 16
        and all(re.fullmatch(r"[A-Za-z0-9._+~][A-Za-z0-9._+~-]{0,127}", one) for one in parts)
        and not any(one in (".", "..") or one.lower() == ".git" for one in parts)
        and not any(one.lower().endswith(".git") for one in parts[:-1]))


def is_ref(text):
    parts = text.split("/")
    return (
        len(text.encode()) <= 1024 and text.startswith("refs/") and len(parts) >= 3
        and not re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{", text) and not text.endswith(".")
        and all(one and not one.startswith(".") and not one.endswith(".lock") for one in parts))


def check_checkout(checkout):
    require(is_map(checkout) and set(checkout) <= {"vcs_pool", "repository", "ref", "commit"})
    require({"vcs_pool", "repository"} <= set(checkout) and set(checkout) & {"ref", "commit"})
    require(re.fullmatch(NAME, checkout["vcs_pool"]) and is_repository(checkout["repository"]))
    require("ref" not in checkout or is_ref(checkout["ref"]))
    require(
        "commit" not in checkout
        or re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", checkout["commit"]))


def secret_delivery(secret):
    """Name and place of a secret: a name alone is the variable of that name."""
    if isinstance(secret, str):
        secret = {"name": secret, "environment": secret}
    require(is_map(secret) and set(secret) in ({"name", "environment"}, {"name", "file"}))
    require(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}", secret["name"]))
    if "file" in secret:
        parts = secret["file"].split("/")
        require(len(parts) <= 8)
        require(all(re.fullmatch(r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,63}", one) for one in parts))
        require(not any(one in (".", "..") for one in parts))
        return secret["name"], "file", secret["file"]
    variable = secret["environment"]
    require(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", variable))
    require(not variable.startswith("SALLYPORT_"))
    return secret["name"], "environment", variable


def check_secrets(secrets, environment):
    require(isinstance(secrets, list) and len(secrets) <= 64)
    deliveries = [secret_delivery(one) for one in secrets]
    require(len({name for name, _, _ in deliveries}) == len(deliveries))
    variables = [place for _, kind, place in deliveries if kind == "environment"]
    require(len({*variables, *environment}) == len(variables) + len(environment))
    files = sorted(place + "/" for _, kind, place in deliveries if kind == "file")
    require(not any(after.startswith(before) for before, after in zip(files, files[1:])))


def statement(payload):
    value = strict_json(payload)
    require(REQUIRED <= set(value) <= REQUIRED | OPTIONAL)
    for name in ("job_id", "tenant", "external_id", "worker_pool", "not_before", "expires"):
        require(isinstance(value[name], str))
    require(re.fullmatch(r"[0-9a-f]{32}", value["job_id"]))
    require(re.fullmatch(NAME, value["tenant"]) and re.fullmatch(NAME, value["worker_pool"]))
    require(time(value["not_before"]) < time(value["expires"]))
    require(type(value["runs"]) is int and 1 <= value["runs"] <= 100)
    require(is_strings(value["command"]) and value["command"] and value["command"][0])
    require(is_map(value.get("environment", {})) and is_map(value.get("selector", {})))
    check_secrets(value.get("secrets", []), value.get("environment", {}))
    require(isinstance(value.get("image", ""), str))
    timeout = value.get("timeout_seconds", 1)
    require(type(timeout) is int and 1 <= timeout <= 366 * 86400)
    if "checkout" in value:
        check_checkout(value["checkout"])
    extensions, critical = value.get("extensions", {}), value.get("critical", [])
    require(isinstance(extensions, dict) and is_strings(critical))
    require(set(critical) <= set(extensions))
    require(not critical, "unknown-critical")
    return value


def check_signature(envelope, payload, keys, revoked):
    kind = envelope["payloadType"].encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    reason = "untrusted"
    for one in envelope["signatures"]:
        if one["keyid"] in revoked:
            reason = "revoked"
        elif one["keyid"] in keys:
            try:
                keys[one["keyid"]].verify(base64.b64decode(one["sig"]), signed)
            except InvalidSignature:
                raise Refused("bad-signature") from None
            return
    raise Refused(reason)


def verify(data, keys, revoked, audience):
    require(len(data) <= 768 << 10)
    envelope = strict_json(data)
    require(set(envelope) == {"payloadType", "payload", "signatures"})
    require(isinstance(envelope["payloadType"], str) and isinstance(envelope["signatures"], list))
    payload = unbase64(envelope["payload"])
    require(1 <= len(envelope["signatures"]) <= 8)
    for one in envelope["signatures"]:
        require(isinstance(one, dict) and set(one) == {"keyid", "sig"})
        require(isinstance(one["keyid"], str))
        unbase64(one["sig"])
    ids = [one["keyid"] for one in envelope["signatures"]]
    require(len(set(ids)) == len(ids))
    require(envelope["payloadType"] == "application/vnd.sallyport.job.v1+json")
    check_signature(envelope, payload, keys, revoked)
    value = statement(payload)
    same = hmac.compare_digest(value["external_id"].encode(), audience["external_id"].encode())
    require(
        same and all(value[name] == audience[name] for name in ("tenant", "worker_pool")),
        "wrong-audience")
    now, skew = time(audience["now"]), datetime.timedelta(seconds=60)
    require(time(value["not_before"]) <= now + skew, "not-yet-valid")
    require(now < time(value["expires"]), "expired")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    keys = {}
    for one in document["trusted"]:
        raw = base64.b64decode(one["public_key"])
        assert hashlib.sha256(raw).hexdigest() == one["key_id"]
        keys[one["key_id"]] = Ed25519PublicKey.from_public_bytes(raw)
    results = {}
    for vector in document["vectors"]:
        try:
            verify(vector["envelope"].encode(), keys, document["revoked"], document["audience"])
            results[vector["name"]] = "accepted"
        except Refused as refusal:
            results[vector["name"]] = str(refusal)
    json.dump(results, sys.stdout)


main()
