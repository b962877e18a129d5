"""Hashes, wire forms, RLP and cuts of DER: what signature_mistakes.py is written with, by independent Python."""

import base64
import hashlib

import coincurve
from Crypto.Hash import SHA3_256

from common import N, be32, keccak256, secret, seq, tlv


# Hashes

def sha256(data):
    return hashlib.sha256(data).digest()


def sha3(data):
    return SHA3_256.new(data).digest()


def prefixed(data):
    return b"\x19Ethereum Signed Message:\n" + str(len(data)).encode() + data


def personal(data):
    return keccak256(prefixed(data))


SCHEMES = {"eip191": personal, "keccak": keccak256, "sha256": sha256}


# Signatures: (r, s, parity)

def sign(key, digest):
    made = coincurve.PrivateKey(secret(key)).sign_recoverable(digest, hasher=None)
    return int.from_bytes(made[:32], "big"), int.from_bytes(made[32:64], "big"), made[64]


def high(sig):
    r, s, parity = sig
    return r, N - s, 1 - parity


def other_v(sig):
    r, s, parity = sig
    return r, s, 1 - parity


def integer(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def der(sig):
    return seq(integer(sig[0]), integer(sig[1]))


def rs(sig):
    return be32(sig[0]) + be32(sig[1])


def eip2098(sig):
    assert sig[1] < 2**255
    return be32(sig[0]) + be32(sig[1] | sig[2] << 255)


def kms(sig):
    return {"KeyId": "arn:aws:kms:us-east-1:111122223333:key/49f9c126-501a-45d8-bb1e-507ce68bb597",
            "Signature": base64.b64encode(der(sig)).decode(), "SigningAlgorithm": "ECDSA_SHA_256"}


# Ways to write one; those with v and those without.
WITH_V = {
    "rsv": lambda sig: "0x" + rs(sig).hex() + f"{27 + sig[2]:02x}",
    "rsv with parity": lambda sig: rs(sig).hex() + f"{sig[2]:02x}",
    "json": lambda sig: {"r": hex(sig[0]), "s": hex(sig[1]), "v": 27 + sig[2]},
    "json with parity": lambda sig: {"r": hex(sig[0]), "s": hex(sig[1]), "yParity": hex(sig[2])},
}
WITHOUT_V = {
    "der": lambda sig: "0x" + der(sig).hex(),
    "der as base64": lambda sig: base64.b64encode(der(sig)).decode(),
    "kms": kms,
    "rs": lambda sig: "0x" + rs(sig).hex(),
    "json without v": lambda sig: {"r": hex(sig[0]), "s": hex(sig[1])},
}
FORMS = WITH_V | WITHOUT_V
COMPACT = {"eip2098": lambda sig: "0x" + eip2098(sig).hex()}


def rlp(item):
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        base, content = 0x80, item
    else:
        base, content = 0xC0, b"".join(map(rlp, item))
    if len(content) < 56:
        return bytes([base + len(content)]) + content
    digits = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(digits)]) + digits + content


# Order of the bytes

def swapped(sig):
    return sig[1], sig[0], sig[2]


def little(sig):
    r, s = (int.from_bytes(be32(part)[::-1], "big") for part in sig[:2])
    return r, s, sig[2]


# DER cut at fixed places

def contents(sig):
    """The contents of the two INTEGERs."""
    return tuple(integer(part)[2:] for part in sig[:2])


def fixed(sig, pad):
    made = der(sig)
    return pad(made[4:36]), pad(made[38:70])


def honoured(sig, pad):
    return tuple(pad(part[:32]) for part in contents(sig))


def left(part):
    return part.rjust(32, b"\0")


def right_filled(part):
    return part.ljust(32, b"\0")


CUTS = {
    "bytes 4..36 and 38..70, filled on the left": lambda sig: fixed(sig, left),
    "bytes 4..36 and 38..70, filled on the right": lambda sig: fixed(sig, right_filled),
    "the first 32 bytes of each, filled on the right": lambda sig: honoured(sig, right_filled),
}


def lost(sig, name):
    """How many bytes of the numbers the cut leaves out."""
    gone, start = 0, 4
    for part, first in zip(contents(sig), (4, 38)):
        digits = range(start + (part[0] == 0), start + len(part))
        if "first" in name:
            first = start
        gone += sum(at not in range(first, first + 32) for at in digits)
        start += len(part) + 2
    return gone
