"""The sample signatures in the examples of src/rules/signature/*.md.

Made with coincurve and pycryptodome's Keccak; the reused nonce with plain
arithmetic, since no library makes one. Prints the blocks by name, or with
`--check` says whether each stands in a page.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from coincurve import PrivateKey

from common import N, eip55, keccak256, spki

ROOT = Path(__file__).resolve().parents[2]

KEYS = {name: PrivateKey(hashlib.sha256(f"kms-audit rule example {name}".encode()).digest()) for name in "ab"}
ARN = {
    "a": "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
    "b": "arn:aws:kms:eu-west-1:111122223333:key/9c4d1a2b-5e6f-7a8b-9c0d-1e2f3a4b5c6e",
}


def xy(key):
    return key.public_key.format(compressed=False)[1:]


def address(key):
    return eip55(keccak256(xy(key))[-20:].hex())


def personal(message):
    return keccak256(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message)


def rsv(key, digest):
    made = key.sign_recoverable(digest, hasher=None)
    return int.from_bytes(made[:32], "big"), int.from_bytes(made[32:64], "big"), made[64]


def with_nonce(key, digest, nonce):
    """A signature with a nonce of one's own choice: what a broken signer makes."""
    d, z = int.from_bytes(key.secret, "big"), int.from_bytes(digest, "big")
    point = PrivateKey(nonce.to_bytes(32, "big")).public_key.point()
    r = point[0] % N
    s = pow(nonce, -1, N) * (z + r * d) % N
    parity = point[1] & 1
    if s > N // 2:
        s, parity = N - s, parity ^ 1
    return r, s, parity


def wire(r, s, v):
    return "0x" + r.to_bytes(32, "big").hex() + s.to_bytes(32, "big").hex() + bytes([27 + v]).hex()


def integer(value):
    data = value.to_bytes(32, "big").lstrip(b"\0")
    data = b"\0" + data if data[0] & 0x80 else data
    return bytes([2, len(data)]) + data


def der(r, s):
    body = integer(r) + integer(s)
    return bytes([0x30, len(body)]) + body


def public_key(name):
    return {
        "KeyId": ARN[name],
        "PublicKey": base64.b64encode(spki(xy(KEYS[name]))).decode(),
        "KeySpec": "ECC_SECG_P256K1",
        "KeyUsage": "SIGN_VERIFY",
    }


def kms(name, digest, by=None):
    r, s, _ = rsv(KEYS[by or name], digest)
    return {
        "KeyId": ARN[name],
        "Signature": base64.b64encode(der(r, s)).decode(),
        "SigningAlgorithm": "ECDSA_SHA_256",
    }


def sample(name, message, signature):
    return {"address": address(KEYS[name]), "message": message, "signature": signature}


def blocks():
    a, b = KEYS["a"], KEYS["b"]
    hello, bye = b"hello", b"good bye"
    r, s, v = rsv(a, personal(hello))
    good = sample("a", "hello", wire(r, s, v))
    nonce = int.from_bytes(hashlib.sha256(b"kms-audit rule example nonce").digest(), "big")
    return {
        "key a": public_key("a"),
        "key b": public_key("b"),
        "good": good,
        "good bye": sample("a", "good bye", wire(*rsv(a, personal(bye)))),
        "of b": sample("b", "hello", wire(*rsv(b, personal(hello)))),
        "another message": sample("a", "hello", wire(*rsv(a, personal(b"another")))),
        "no prefix": sample("a", "hello", wire(*rsv(a, keccak256(hello)))),
        "by b": sample("a", "hello", wire(*rsv(b, personal(hello)))),
        "raw": sample("a", "hello", wire(*rsv(a, hashlib.sha256(personal(hello)).digest()))),
        "wrong v": sample("a", "hello", wire(r, s, 1 - v)),
        "high s": sample("a", "hello", wire(r, N - s, 1 - v)),
        "kms high s": {**kms("a", personal(hello)), "Signature": base64.b64encode(der(r, N - s)).decode()},
        "kms": kms("a", personal(hello)),
        "kms raw": kms("a", hashlib.sha256(personal(hello)).digest()),
        "kms by b": kms("a", personal(hello), "b"),
        "nonce 1": sample("a", "hello", wire(*with_nonce(a, personal(hello), nonce))),
        "nonce 2": sample("a", "good bye", wire(*with_nonce(a, personal(bye), nonce))),
        "nonce of b": sample("b", "hello", wire(*with_nonce(b, personal(hello), nonce))),
        "copied": {**good, "address": address(b)},
        "cut": sample("a", "hello", wire(r, s, v)[:-4]),
        "zero": sample("a", "hello", "0x" + "00" * 32 + wire(r, s, v)[66:]),
    }


def texts():
    return {name: json.dumps(block, indent=2) for name, block in blocks().items()}


def main():
    if sys.argv[1:] == ["--check"]:
        pages = "".join(page.read_text() for page in sorted((ROOT / "src/rules/signature").glob("*.md")))
        missing = [name for name, text in texts().items() if text not in pages]
        if missing:
            sys.exit(f"in no page of src/rules/signature: {', '.join(missing)}")
        return
    for name, text in texts().items():
        print(f"# {name}\n{text}\n")


if __name__ == "__main__":
    main()
