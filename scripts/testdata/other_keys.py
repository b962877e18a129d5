"""Real public keys of other kinds, as DER SubjectPublicKeyInfo, all derived from labels."""

from functools import cache

from Crypto.PublicKey import DSA, RSA
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric import (
    dsa, ec, ed448, ed25519, mldsa, rsa, x448, x25519,
)

from common import (
    be32, bits, ec_private_der, oid, openssl, secret, seq, stream, tlv,
)


def der(key):
    return key.public_bytes(ser.Encoding.DER, ser.PublicFormat.SubjectPublicKeyInfo)


@cache
def rsa_key(size):
    return RSA.generate(size, randfunc=stream(f"RSA {size}"))


def rsa_public(size):
    key = rsa_key(size)
    return rsa.RSAPublicNumbers(key.e, key.n).public_key()


def rsa_spki(size):
    return der(rsa_public(size))


def rsa_pkcs1(size):
    return rsa_public(size).public_bytes(ser.Encoding.DER, ser.PublicFormat.PKCS1)


def rsa_pss_spki(size):
    """id-RSASSA-PSS without parameters (RFC 4055, 1.2)."""
    made = seq(seq(oid("1.2.840.113549.1.1.10")), bits(rsa_pkcs1(size)))
    assert openssl("pkey", "-pubin", "-inform", "DER", "-pubout", "-outform", "DER",
                   stdin=made) == made
    return made


def dsa_spki():
    key = DSA.generate(2048, randfunc=stream("DSA 2048"))
    numbers = dsa.DSAPublicNumbers(key.y, dsa.DSAParameterNumbers(key.p, key.q, key.g))
    return der(numbers.public_key())


# RFC 3526, 3: the 2048-bit MODP group; a safe prime, generator 2.
MODP_2048 = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
    "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF", 16)


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def dh_spki(x942):
    """dhKeyAgreement (PKCS #3), or dhpublicnumber with p, g, q (X9.42, RFC 3279)."""
    y = pow(2, int.from_bytes(secret("DH"), "big"), MODP_2048)
    group = [integer(MODP_2048), integer(2)]
    if x942:
        group.append(integer((MODP_2048 - 1) // 2))
    name = oid("1.2.840.10046.2.1" if x942 else "1.2.840.113549.1.3.1")
    made = seq(seq(name, seq(*group)), bits(integer(y)))
    assert openssl("pkey", "-pubin", "-inform", "DER", "-pubout", "-outform", "DER",
                   stdin=made) == made
    return made


def ed25519_spki():
    return der(ed25519.Ed25519PrivateKey.from_private_bytes(secret("Ed25519")).public_key())


def x25519_spki():
    return der(x25519.X25519PrivateKey.from_private_bytes(secret("X25519")).public_key())


def ed448_spki():
    return der(ed448.Ed448PrivateKey.from_private_bytes(stream("Ed448")(57)).public_key())


def x448_spki():
    return der(x448.X448PrivateKey.from_private_bytes(stream("X448")(56)).public_key())


def ml_dsa_spki(level):
    kind = {44: mldsa.MLDSA44PrivateKey, 65: mldsa.MLDSA65PrivateKey,
            87: mldsa.MLDSA87PrivateKey}[level]
    return der(kind.from_seed_bytes(secret(f"ML-DSA-{level}")).public_key())


CURVES = {
    "p192": ec.SECP192R1(), "p224": ec.SECP224R1(), "p256": ec.SECP256R1(),
    "p384": ec.SECP384R1(), "p521": ec.SECP521R1(),
    "brainpoolp256r1": ec.BrainpoolP256R1(), "brainpoolp384r1": ec.BrainpoolP384R1(),
    "brainpoolp512r1": ec.BrainpoolP512R1(),
}


def ec_private(curve, name=None):
    # 184 bits, so that it is below the order of each of these curves.
    value = int.from_bytes(secret(name or curve)[:23], "big")
    return ec.derive_private_key(value, CURVES[curve])


def ec_spki(curve):
    return der(ec_private(curve).public_key())


def ec_point(curve):
    """The uncompressed point, with its first octet 04."""
    return ec_private(curve).public_key().public_bytes(
        ser.Encoding.X962, ser.PublicFormat.UncompressedPoint)


def openssl_ec_spki(name, curve, size):
    """For curves that the cryptography package lacks; SIZE is the order's length."""
    key = secret(name)[:18].rjust(size, b"\0")
    return openssl("ec", "-inform", "DER", "-pubout", "-outform", "DER",
                   stdin=ec_private_der(key, curve))


def explicit_spki(key, curve):
    """The public key with its curve written out (specifiedCurve parameters)."""
    return openssl("ec", "-inform", "DER", "-param_enc", "explicit", "-pubout",
                   "-outform", "DER", stdin=ec_private_der(key, curve))


def certificate(name):
    """A self-signed certificate of the secp256k1 test key NAME, as DER."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    value = int.from_bytes(secret(name), "big")
    assert be32(value) == secret(name)
    key = ec.derive_private_key(value, ec.SECP256K1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME,
                                            "kms-audit test certificate")])
    utc = datetime.timezone.utc
    return (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(int.from_bytes(secret(name + " serial")[:8], "big") >> 1)
        .not_valid_before(datetime.datetime(2024, 1, 1, tzinfo=utc))
        .not_valid_after(datetime.datetime(2044, 1, 1, tzinfo=utc))
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
        .public_bytes(ser.Encoding.DER)
    )
