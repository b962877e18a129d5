"""Makes testdata/forms: one key in the forms in which reviewers are handed keys.

The files are written by OpenSSL's command line (the certificate and the keys of
other algorithms by the cryptography and pycryptodome packages); private keys
reach OpenSSL on its standard input, so that none is left in a file, but for the
two throw-away ones that are there to be refused.
"""

import hashlib
import os
import subprocess

from cryptography.hazmat.primitives.serialization import load_der_public_key

import other_keys as other
from common import (
    K1, ec_private_der, eip55, evm_address, openssl, point, secret, spki, write_json,
)

SECP256K1 = "1.3.132.0.10"


def tool(*command, stdin):
    return subprocess.run(command, input=stdin, capture_output=True, check=True,
                          env=dict(os.environ, LC_ALL="C")).stdout


def public(name, *options):
    """The public key of the test key NAME, from OpenSSL."""
    return openssl("ec", "-inform", "DER", "-pubout", *options,
                   stdin=ec_private_der(secret(name), SECP256K1))


def pem_of(der):
    return openssl("pkey", "-pubin", "-inform", "DER", "-pubout", stdin=der)


def facts(name):
    xy = point(secret(name))
    return {"evm": eip55(evm_address(xy)), "fingerprint": hashlib.sha256(spki(xy)).hexdigest()}


def make(root):
    folder = f"{root}/forms"
    os.makedirs(folder, exist_ok=True)
    expected = {}

    def write(name, content, keys=None, error=None):
        with open(f"{folder}/{name}", "wb") as out:
            out.write(content)
        expected[name] = {"keys": [facts(k) for k in keys]} if keys else {"error": error}

    key = ["forms"]
    der = public("forms", "-outform", "DER")
    pem = public("forms")
    # OpenSSL computed the point from the private key; so did libsecp256k1.
    assert der == spki(point(secret("forms")))

    write("key.der", der, key)
    write("key.pem", pem, key)
    write("key-crlf.pem", pem.replace(b"\n", b"\r\n"), key)
    write("key-no-final-newline.pem", pem.rstrip(b"\n"), key)
    write("key-surrounded.pem",
          b"Dear reviewer,\n\nhere is the public key of our relayer, exported on Monday:\n\n"
          + pem + b"\n-- \nThe operators (key ceremony of 2024-01-01, 3 of 5 present)\n", key)
    write("two-keys.pem", pem + public("forms 2"), ["forms", "forms 2"])
    write("key.b64", openssl("base64", "-A", stdin=der) + b"\n", key)
    write("key-wrapped.b64", openssl("base64", stdin=der), key)
    octets = b"".join(tool("od", "-An", "-v", "-tx1", stdin=der).split())
    assert octets == der.hex().encode()
    write("key.hex", octets + b"\n", key)
    write("key-0x.hex", b"0x" + octets + b"\n", key)
    write("key-upper.hex", octets.upper() + b"\n", key)

    write("compressed.pem", public("forms", "-conv_form", "compressed"), error="compressed-point")
    write("compressed.der", public("forms", "-conv_form", "compressed", "-outform", "DER"),
          error="compressed-point")
    write("explicit.pem", public("forms", "-param_enc", "explicit"), error="specified-curve")
    write("p256.pem", pem_of(other.ec_spki("p256")), error="wrong-curve")
    write("rsa2048.pem", pem_of(other.rsa_spki(2048)), error="wrong-algorithm")
    write("ed25519.pem", pem_of(other.ed25519_spki()), error="wrong-algorithm")

    # To be refused, and never to be printed: throw-away keys, used nowhere else.
    write("private-key.pem",
          openssl("ec", "-inform", "DER", stdin=ec_private_der(secret("refused 1"), SECP256K1)),
          error="private-key")
    write("private-key-pkcs8.pem",
          openssl("pkcs8", "-topk8", "-nocrypt", "-inform", "DER",
                  stdin=openssl("ec", "-inform", "DER", "-outform", "DER",
                                stdin=ec_private_der(secret("refused 2"), SECP256K1))),
          error="private-key")
    write("certificate.pem",
          openssl("x509", "-inform", "DER", stdin=other.certificate("certificate")),
          error="certificate")

    # What is in them, read back by other code than wrote it.
    numbers = load_der_public_key(openssl("pkey", "-pubin", "-in", f"{folder}/compressed.pem",
                                          "-pubout", "-outform", "DER")).public_numbers()
    assert numbers.x == int.from_bytes(der[24:56], "big")
    assert K1 not in openssl("pkey", "-pubin", "-in", f"{folder}/explicit.pem",
                             "-pubout", "-outform", "DER")
    openssl("verify", "-CAfile", f"{folder}/certificate.pem", f"{folder}/certificate.pem")
    write_json(f"{folder}/expected.json", expected)
    return expected
