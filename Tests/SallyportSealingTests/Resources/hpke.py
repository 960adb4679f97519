"""HPKE by pyhpke, which shares no code with Sallyport: opens and seals what one line of JSON asks.

    {"op": "open" | "seal", "private" | "public": hex, "info": hex, "aad": hex, ...}
"""

import json
import sys

from pyhpke import AEADId, CipherSuite, KDFId, KEMId

SUITE = CipherSuite.new(
    KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)


def answer(request):
    data = {name: bytes.fromhex(value) for name, value in request.items() if name != "op"}
    if request["op"] == "open":
        key = SUITE.kem.deserialize_private_key(data["private"])
        context = SUITE.create_recipient_context(data["enc"], key, info=data["info"])
        return {"value": context.open(data["ciphertext"], aad=data["aad"]).hex()}
    key = SUITE.kem.deserialize_public_key(data["public"])
    enc, context = SUITE.create_sender_context(key, info=data["info"])
    return {"enc": enc.hex(), "ciphertext": context.seal(data["value"], aad=data["aad"]).hex()}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
