"""What the makers of the frozen test vectors share.

Independent of kms-audit: points come from coincurve (libsecp256k1), Keccak-256
from pycryptodome, other keys from pycryptodome and cryptography (OpenSSL).
Every key is derived from a label, so that a second run gives the same bytes.
"""

import hashlib
import json
import os
import subprocess

import coincurve
from Crypto.Hash import keccak

LABEL = "kms-audit test key "

# secp256k1 (SEC 2, 2.4.1)
P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def secret(name):
    """The 32-byte private key of the test key NAME: SHA-256 of its label."""
    key = hashlib.sha256((LABEL + name).encode()).digest()
    assert 0 < int.from_bytes(key, "big") < N
    return key


def stream(name):
    """A deterministic stand-in for os.urandom: SHA-256 of label, '/', counter."""
    counter = 0

    def read(count):
        nonlocal counter
        out = b""
        while len(out) < count:
            out += hashlib.sha256(f"{LABEL}{name}/{counter}".encode()).digest()
            counter += 1
        return out[:count]

    return read


def point(key):
    """X || Y (64 bytes) of a secp256k1 private key."""
    return coincurve.PrivateKey(key).public_key.format(compressed=False)[1:]


def is_on_curve(x, y):
    return 0 <= x < P and 0 <= y < P and (y * y - x * x * x - 7) % P == 0


def be32(number):
    return number.to_bytes(32, "big")


def keccak256(data):
    return keccak.new(digest_bits=256, data=data).digest()


def mixed_case(digits, hashed):
    """EIP-55's rule: digit i is upper case where nibble i of the hash is >= 8."""
    nibbles = keccak256(hashed.encode("ascii")).hex()
    return "0x" + "".join(
        d.upper() if int(h, 16) >= 8 else d for d, h in zip(digits, nibbles)
    )


def eip55(address):
    """ADDRESS is 40 lower-case hex digits."""
    return mixed_case(address, address)


def erc1191(address, chain_id):
    """ERC-1191 hashes the chain id, '0x' and the address; ADDRESS as above."""
    return mixed_case(address, f"{chain_id}0x{address}")


def evm_address(xy):
    """The 40 lower-case digits of the address of X || Y."""
    assert len(xy) == 64
    return keccak256(xy)[-20:].hex()


# DER, by definite lengths

def length(count):
    if count < 0x80:
        return bytes([count])
    octets = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def tlv(tag, *content):
    body = b"".join(content)
    return bytes([tag]) + length(len(body)) + body


def seq(*content):
    return tlv(0x30, *content)


def bits(content, unused=0):
    return tlv(0x03, bytes([unused]), content)


def oid(dotted):
    arcs = [int(a) for a in dotted.split(".")]
    out = b""
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(0x80 | arc & 0x7F)
        out += bytes(reversed(septets))
    return tlv(0x06, out)


EC = oid("1.2.840.10045.2.1")
K1 = oid("1.3.132.0.10")
assert EC.hex() == "06072a8648ce3d0201" and K1.hex() == "06052b8104000a"


def spki(xy):
    der = seq(seq(EC, K1), bits(b"\x04" + xy))
    assert len(der) == 88
    return der


def openssl(*arguments, stdin=b""):
    """Run OpenSSL's command line and return its standard output."""
    environment = dict(os.environ, OPENSSL_CONF=os.devnull, LC_ALL="C")
    done = subprocess.run(
        [os.environ.get("OPENSSL", "openssl"), *arguments],
        input=stdin, capture_output=True, env=environment,
    )
    if done.returncode != 0:
        raise SystemExit(f"openssl {' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout


def ec_private_der(key, curve):
    """ECPrivateKey (RFC 5915) without the public key; OpenSSL computes that."""
    return seq(b"\x02\x01\x01", tlv(0x04, key), tlv(0xA0, oid(curve)))


def write_json(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii", newline="\n") as out:
        json.dump(value, out, indent=1, ensure_ascii=True)
        out.write("\n")


# Checks of this file's own parts against published values.
assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
assert eip55(evm_address(point(be32(1)))) == "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
