"""Makes testdata/spki/good.json and testdata/spki/broken.json.

The code and the offset of every broken case are written here by hand, from the
convention in testdata/forms.README.md; spki_walk.py, the same convention as a
program, then has to agree. In a good key the fields are at 0 (SEQUENCE),
2 (AlgorithmIdentifier), 4 (algorithm OID), 13 (curve OID), 20 (BIT STRING),
23 (point; X at 24, Y at 56).
"""

import hashlib

import coincurve
from cryptography.hazmat.primitives.serialization import load_der_public_key

import other_keys as other
import spki_walk
from common import (
    EC, K1, N, P, be32, bits, ec_private_der, eip55, evm_address, is_on_curve, oid,
    openssl, point, secret, seq, spki, tlv, write_json,
)

XY = point(secret("1"))
X, Y = XY[:32], XY[32:]
GOOD = spki(XY)
ALGORITHM = seq(EC, K1)      # 18 bytes: 2 to 20
KEY = bits(b"\x04" + XY)     # 68 bytes: 20 to 88
NULL = b"\x05\x00"
OTHER = spki(point(secret("2")))
P256 = oid("1.2.840.10045.3.1.7")


def raw(tag, length, *content):
    """An element whose length octets are given in hex."""
    return bytes([tag]) + bytes.fromhex(length) + b"".join(content)


def put(at, new, der=None):
    """DER (the good key) with the octets at AT replaced by NEW (hex)."""
    der = GOOD if der is None else der
    new = bytes.fromhex(new)
    return der[:at] + new + der[at + len(new):]


def with_key(element):
    """The good AlgorithmIdentifier and ELEMENT in the BIT STRING's place."""
    return seq(ALGORITHM, element)


def with_point(octets):
    return with_key(bits(octets))


def with_xy(x, y):
    return with_point(b"\x04" + be32(x) + be32(y))


def with_name(name):
    """NAME in the algorithm OID's place, everything after it as it should be."""
    return seq(seq(name, K1), KEY)


def with_parameters(*parameters):
    return seq(seq(EC, *parameters), KEY)


# Square and cube roots modulo P, for points with chosen coordinates.

def root(square):
    """A square root modulo P, or None."""
    r = pow(square, (P + 1) // 4, P)
    return r if r * r % P == square % P else None


def lift(x):
    """The even Y of X, or None where there is no such point."""
    y = root(x**3 + 7)
    return None if y is None else (y if y % 2 == 0 else P - y)


def cube_root(value):
    """A cube root modulo P (which is 7 modulo 9), or None."""
    r = pow(value, (P + 2) // 9, P)
    return r if pow(r, 3, P) == value % P else None


def first(numbers, wanted):
    return next(n for n in numbers if wanted(n))


CASES = []


def case(name, der, code, offset, note):
    CASES.append({"name": name, "hex": der.hex(), "code": code, "offset": offset,
                  "note": note})


def empty():
    case("empty", b"", "empty", 0, "no bytes at all")


def truncated():
    for size, at, note in [
        (1, 0, "only the outer tag"),
        (2, 2, "the outer header is complete; the AlgorithmIdentifier should start at 2"),
        (3, 2, "only the tag of the AlgorithmIdentifier"),
        (4, 4, "the algorithm OID should start at 4"),
        (5, 4, "only the tag of the algorithm OID"),
        (6, 4, "the algorithm OID has no content"),
        (10, 4, "inside the algorithm OID"),
        (12, 4, "the algorithm OID lacks its last octet"),
        (13, 13, "the curve OID should start at 13"),
        (14, 13, "only the tag of the curve OID"),
        (19, 13, "the curve OID lacks its last octet"),
        (20, 20, "the BIT STRING should start at 20"),
        (21, 20, "only the tag of the BIT STRING"),
        (22, 20, "the BIT STRING has no content"),
        (23, 20, "the BIT STRING ends after the unused bits octet"),
        (24, 20, "the BIT STRING ends after the point's first octet"),
        (50, 20, "inside X"),
        (87, 20, "the last octet of Y is missing"),
    ]:
        case(f"cut-at-{size}", GOOD[:size], "truncated", at, f"good key cut to {size} bytes: {note}")
    case("outer-length-one-too-large", put(1, "57"), "truncated", 0,
         "the SEQUENCE announces 87 bytes of 86; all elements inside are complete")
    case("outer-length-127", put(1, "7f"), "truncated", 0,
         "the SEQUENCE announces 127 bytes of 86; all elements inside are complete")
    case("outer-length-4-gib", raw(0x30, "84ffffffff", GOOD[2:]), "truncated", 0,
         "a four-octet length of 2^32 - 1; all elements inside are complete")
    case("outer-length-4-gib-alone", bytes.fromhex("3084ffffffff"), "truncated", 6,
         "the header is complete, its first element should start at 6")
    case("outer-length-octet-missing", bytes.fromhex("3081"), "truncated", 0,
         "the input ends inside the outer length octets")
    case("bit-string-length-one-too-large", put(21, "43"), "truncated", 20,
         "the BIT STRING announces 67 bytes, parent and input have 66")
    case("bit-string-length-4-gib", with_key(raw(0x03, "84ffffffff", KEY[2:])),
         "truncated", 20, "a four-octet length of 2^32 - 1 in the BIT STRING")
    case("oid-length-127", put(5, "7f"), "truncated", 4,
         "the algorithm OID announces 127 bytes, more than the input has")


def overrun():
    code = "element-overrun"
    case("outer-length-one-too-small", put(1, "55"), code, 20,
         "the BIT STRING announces 66 bytes, its parent has 65, the input 66")
    case("outer-length-of-16", put(1, "10"), code, 2,
         "the AlgorithmIdentifier announces 16 bytes, its parent has 14")
    case("algorithm-identifier-one-too-small", put(3, "0f"), code, 13,
         "the curve OID announces 5 bytes, the AlgorithmIdentifier has 4")
    case("algorithm-identifier-ends-at-curve-header", put(3, "0b"), code, 13,
         "the curve OID announces 5 bytes, the AlgorithmIdentifier has none")
    case("algorithm-identifier-ends-in-curve-header", put(3, "0a"), code, 13,
         "the AlgorithmIdentifier ends between the curve OID's tag and its length")
    case("algorithm-identifier-ends-in-oid", put(3, "08"), code, 4,
         "the algorithm OID announces 7 bytes, the AlgorithmIdentifier has 6")
    case("algorithm-oid-too-long", put(5, "0f"), code, 4,
         "the algorithm OID announces 15 bytes, the AlgorithmIdentifier has 14")
    case("curve-oid-too-long", put(14, "06"), code, 13,
         "the curve OID announces 6 bytes, the AlgorithmIdentifier has 5")
    case("bit-string-into-trailing-byte", put(21, "43") + b"\0", code, 20,
         "the BIT STRING announces 67 bytes, its parent has 66, the input 67")


def missing():
    code = "missing-element"
    case("empty-sequence", bytes.fromhex("3000"), code, 2, "an empty SEQUENCE")
    case("empty-algorithm-identifier", seq(seq(), KEY), code, 4,
         "AlgorithmIdentifier without an algorithm OID")
    case("no-bit-string", seq(ALGORITHM), code, 20,
         "the SEQUENCE holds the AlgorithmIdentifier only")
    case("bit-string-outside", seq(ALGORITHM) + KEY, code, 20,
         "the SEQUENCE ends before the BIT STRING, which follows after it")
    case("empty-algorithm-identifier-then-oids", seq(seq(), EC, K1, KEY), code, 4,
         "the OIDs stand after an empty AlgorithmIdentifier")


def lengths():
    code = "indefinite-length"
    case("indefinite-outer", raw(0x30, "80", GOOD[2:], b"\0\0"), code, 0, "X.690 8.1.3.6 in the SEQUENCE")
    case("indefinite-outer-alone", bytes.fromhex("3080"), code, 0, "two bytes only")
    case("indefinite-algorithm-identifier", seq(raw(0x30, "80", EC, K1, b"\0\0"), KEY), code, 2,
         "in the AlgorithmIdentifier")
    case("indefinite-algorithm-oid", put(5, "80"), code, 4, "in a primitive OID")
    case("indefinite-curve-oid", put(14, "80"), code, 13, "in a primitive OID")
    case("indefinite-bit-string", put(21, "80"), code, 20, "in a primitive BIT STRING")

    code = "non-minimal-length"
    case("long-form-outer", raw(0x30, "8156", GOOD[2:]), code, 0, "81 56 for 56")
    case("long-form-outer-two-octets", raw(0x30, "820056", GOOD[2:]), code, 0, "82 00 56 for 56")
    case("long-form-outer-three-octets", raw(0x30, "83000056", GOOD[2:]), code, 0, "83 00 00 56 for 56")
    case("long-form-outer-four-octets", raw(0x30, "8400000056", GOOD[2:]), code, 0, "84 00 00 00 56 for 56")
    case("long-form-algorithm-identifier", seq(raw(0x30, "8110", EC, K1), KEY), code, 2, "81 10 for 10")
    case("long-form-algorithm-oid", with_name(raw(0x06, "8107", EC[2:])), code, 4, "81 07 for 07")
    case("long-form-curve-oid", with_parameters(raw(0x06, "8105", K1[2:])), code, 13, "81 05 for 05")
    case("long-form-bit-string", with_key(raw(0x03, "8142", KEY[2:])), code, 20, "81 42 for 42")
    case("long-form-bit-string-two-octets", with_key(raw(0x03, "820042", KEY[2:])), code, 20, "82 00 42 for 42")
    long = b"\x04" + XY + bytes(131)
    case("leading-zero-length-octet", with_key(raw(0x03, "8200c5", b"\0", long)), code, 21,
         "82 00 c5 where 81 c5 fits; the outer header has three bytes, so that the BIT STRING is at 21")

    code = "invalid-length"
    case("length-ff-outer", put(1, "ff"), code, 0, "the reserved length octet ff")
    case("length-ff-algorithm-identifier", put(3, "ff"), code, 2, "the reserved length octet ff")
    case("length-ff-curve-oid", put(14, "ff"), code, 13, "the reserved length octet ff")
    case("length-ff-bit-string", put(21, "ff"), code, 20, "the reserved length octet ff")
    case("five-length-octets", raw(0x30, "850100000000", GOOD[2:]), code, 0, "85: five length octets")
    case("five-length-octets-with-zeros", raw(0x30, "850000000056", GOOD[2:]), code, 0,
         "85: five length octets, four of them zero; their number is judged first")
    case("nine-length-octets", with_key(raw(0x03, "89010000000000000042", KEY[2:])), code, 20,
         "89: nine length octets, more than 64 bits")
    case("length-fe", put(5, "fe"), code, 4, "fe: 126 length octets")


def tags():
    code = "invalid-tag"
    case("high-tag-outer", put(0, "3f1056", b"x" + GOOD), code, 0,
         "SEQUENCE written as a high tag number (3f 10)")
    case("high-tag-algorithm-identifier", seq(bytes.fromhex("3f1010") + EC + K1, KEY), code, 2,
         "SEQUENCE written as a high tag number")
    case("high-tag-algorithm-oid", with_name(bytes.fromhex("1f0607") + EC[2:]), code, 4,
         "OBJECT IDENTIFIER written as a high tag number")
    case("high-tag-parameters", with_parameters(bytes.fromhex("bf812005") + K1[2:]), code, 13,
         "[160], a high tag number that is minimal")
    case("high-tag-bit-string", with_key(bytes.fromhex("1f0342") + KEY[2:]), code, 20,
         "BIT STRING written as a high tag number")
    case("high-tag-with-bad-length", bytes.fromhex("1f80ff"), code, 0, "nothing after the tag is looked at")
    case("all-ff", b"\xff" * 88, code, 0, "88 bytes ff")

    code = "unexpected-tag"
    case("outer-set", put(0, "31"), code, 0, "SET for SEQUENCE")
    case("outer-primitive-sequence", put(0, "10"), code, 0, "a SEQUENCE without the constructed bit")
    case("outer-context-tag", put(0, "a0"), code, 0, "[0] for SEQUENCE")
    case("outer-application-tag", put(0, "70"), code, 0, "[APPLICATION 16] for SEQUENCE")
    case("outer-tag-alone", b"\x31", code, 0, "one byte; the tag is judged before the missing length")
    case("outer-set-with-bad-length", put(0, "3180"), code, 0, "SET of indefinite length: the tag comes first")
    case("outer-set-truncated", put(0, "317f"), code, 0, "SET of too large a length: the tag comes first")
    case("zeros", bytes(88), code, 0, "88 bytes 00")
    case("algorithm-identifier-set", put(2, "31"), code, 2, "SET for SEQUENCE")
    case("algorithm-identifier-primitive", put(2, "10"), code, 2, "a SEQUENCE without the constructed bit")
    case("algorithm-identifier-is-oid", seq(EC, K1, KEY), code, 2, "the OIDs stand directly in the SEQUENCE")
    case("fields-exchanged", seq(KEY, ALGORITHM), code, 2, "BIT STRING before the AlgorithmIdentifier")
    case("algorithm-integer", put(4, "02"), code, 4, "INTEGER for the algorithm OID")
    case("algorithm-relative-oid", put(4, "0d"), code, 4, "RELATIVE-OID for the algorithm OID")
    case("algorithm-constructed-oid", put(4, "26"), code, 4, "OID with the constructed bit")
    case("algorithm-null", with_name(NULL), code, 4, "NULL for the algorithm OID")
    case("parameters-integer", put(13, "02"), code, 13, "INTEGER as parameters")
    case("parameters-utf8", with_parameters(tlv(0x0C, b"secp256k1")), code, 13, "UTF8String as parameters")
    case("parameters-octet-string", put(13, "04"), code, 13, "OCTET STRING as parameters")
    case("parameters-set", put(13, "31"), code, 13, "SET as parameters")
    case("parameters-primitive-sequence", put(13, "10"), code, 13,
         "a SEQUENCE without the constructed bit as parameters")
    case("parameters-context", with_parameters(tlv(0xA0, K1)), code, 13, "[0] as parameters")
    case("key-octet-string", put(20, "04"), code, 20, "OCTET STRING for BIT STRING")
    case("key-context-string", put(20, "83"), code, 20, "[3] for BIT STRING")
    case("key-null", with_key(NULL), code, 20, "NULL for BIT STRING")
    case("key-null-before-bit-string", seq(ALGORITHM, NULL, KEY), code, 20, "a NULL before the BIT STRING")
    case("key-set-with-bad-length", put(20, "31ff"), code, 20, "SET with length octet ff: the tag comes first")
    # What people hand in by mistake
    case("sec1-point", b"\x04" + XY, code, 0, "the bare 65-byte point")
    case("sec1-compressed-point", bytes([2 + Y[31] % 2]) + X, code, 0, "the bare 33-byte point")
    case("pem-text", openssl("pkey", "-pubin", "-inform", "DER", "-pubout", stdin=GOOD), code, 0,
         "the PEM text's bytes (from OpenSSL)")
    case("hex-text", GOOD.hex().encode(), code, 0, "the hex text's bytes")
    case("utf8-bom", b"\xef\xbb\xbf" + GOOD, code, 0, "a UTF-8 byte order mark before the key")
    case("leading-newline", b"\n" + GOOD, code, 0, "a line feed before the key")
    case("rsa-pkcs1", other.rsa_pkcs1(2048), code, 4,
         "PKCS #1 RSAPublicKey: INTEGER where the AlgorithmIdentifier should be, after a four-byte header")
    case("ec-private-key", ec_private_der(secret("refused 1"), "1.3.132.0.10"), code, 2,
         "RFC 5915 ECPrivateKey of a throw-away key: INTEGER where the AlgorithmIdentifier should be")
    case("pkcs8-private-key",
         seq(b"\x02\x01\x00", ALGORITHM, tlv(0x04, ec_private_der(secret("refused 2"), "1.3.132.0.10"))),
         code, 2, "PKCS #8 of a throw-away key: INTEGER where the AlgorithmIdentifier should be")
    case("certificate", other.certificate("certificate"), code, 7,
         "a self-signed certificate: [0] version where the algorithm OID should be, after headers of four and three bytes")

    code = "constructed-string"
    case("constructed-bit-string", put(20, "23"), code, 20, "BIT STRING with the constructed bit, content as before")
    case("constructed-bit-string-in-chunks",
         with_key(tlv(0x23, bits(b"\x04" + X), bits(Y))), code, 20, "two BIT STRINGs in a constructed one")
    case("constructed-bit-string-indefinite",
         with_key(raw(0x23, "80", KEY, b"\0\0")), code, 20, "also of indefinite length: the tag comes first")


def trailing():
    code = "trailing-data"
    case("trailing-zero", GOOD + b"\0", code, 88, "00 after the key")
    case("trailing-newline", GOOD + b"\n", code, 88, "a line feed after the key")
    case("trailing-crlf", GOOD + b"\r\n", code, 88, "CR LF after the key")
    case("two-keys", GOOD + OTHER, code, 88, "a second key after the first")
    case("trailing-half-header", GOOD + b"\x30", code, 88, "the surplus is not parsed")
    case("trailing-in-spki-null", seq(ALGORITHM, KEY, NULL), code, 88, "NULL after the BIT STRING, inside")
    case("trailing-in-spki-zero", seq(ALGORITHM, KEY, b"\0"), code, 88, "00 after the BIT STRING, inside")
    case("trailing-in-spki-bit-string", seq(ALGORITHM, KEY, KEY), code, 89,
         "a second BIT STRING inside; the outer header has three bytes")
    case("trailing-in-algorithm-null", with_parameters(K1, NULL), code, 20, "NULL after the curve OID")
    case("trailing-in-algorithm-oid", with_parameters(K1, K1), code, 20, "the curve OID twice")
    case("trailing-in-algorithm-zero", with_parameters(K1, b"\0"), code, 20, "00 after the curve OID")
    case("bit-string-in-algorithm", seq(seq(EC, K1, KEY)), code, 20,
         "the AlgorithmIdentifier swallows the BIT STRING")


def oids():
    code = "invalid-oid"
    case("algorithm-oid-empty", with_name(tlv(0x06)), code, 4, "an OID without content")
    case("algorithm-oid-unfinished", put(12, "81"), code, 4, "the last octet has the continuation bit")
    case("algorithm-oid-padded-arc", with_name(tlv(0x06, bytes.fromhex("2a808648ce3d0201"))), code, 4,
         "the second subidentifier begins with 80")
    case("algorithm-oid-padded-first-arc", with_name(tlv(0x06, bytes.fromhex("802a8648ce3d0201"))), code, 4,
         "the first subidentifier begins with 80")
    case("algorithm-oid-single-80", with_name(tlv(0x06, b"\x80")), code, 4, "80 alone")
    case("curve-oid-empty", with_parameters(tlv(0x06)), code, 13, "an OID without content")
    case("curve-oid-unfinished", put(19, "8a"), code, 13, "the last octet has the continuation bit")
    case("curve-oid-padded-arc", with_parameters(tlv(0x06, bytes.fromhex("2b810400800a"))), code, 13,
         "the last subidentifier is 80 0a for 0a")


def algorithms():
    code = "wrong-algorithm"
    for name, der, at, note in [
        ("rsa-2048", other.rsa_spki(2048), 6, "RSA, outer header of four bytes"),
        ("rsa-4096", other.rsa_spki(4096), 6, "RSA, outer header of four bytes"),
        ("rsassa-pss", other.rsa_pss_spki(2048), 6, "id-RSASSA-PSS without parameters"),
        ("dsa", other.dsa_spki(), 8, "DSA, two headers of four bytes"),
        ("dh", other.dh_spki(False), 8, "PKCS #3 dhKeyAgreement, two headers of four bytes"),
        ("x942-dh", other.dh_spki(True), 8, "X9.42 dhpublicnumber, two headers of four bytes"),
        ("ed25519", other.ed25519_spki(), 4, "Ed25519"),
        ("x25519", other.x25519_spki(), 4, "X25519"),
        ("ed448", other.ed448_spki(), 4, "Ed448"),
        ("x448", other.x448_spki(), 4, "X448"),
        ("ml-dsa-44", other.ml_dsa_spki(44), 6, "ML-DSA-44, outer header of four bytes"),
        ("ml-dsa-65", other.ml_dsa_spki(65), 6, "ML-DSA-65, outer header of four bytes"),
        ("ml-dsa-87", other.ml_dsa_spki(87), 6, "ML-DSA-87, outer header of four bytes"),
    ]:
        case(f"algorithm-{name}", der, code, at, f"a real key: {note}")
    for name, dotted, note in [
        ("id-ecdh", "1.3.132.1.12", "id-ecDH with secp256k1 and a good point"),
        ("id-ecmqv", "1.3.132.1.13", "id-ecMQV with secp256k1 and a good point"),
        ("ecdsa-with-sha256", "1.2.840.10045.4.3.2", "a signature algorithm for a key algorithm"),
        ("parent-arc", "1.2.840.10045.2", "the arc above id-ecPublicKey"),
        ("child-arc", "1.2.840.10045.2.1.1", "an arc below id-ecPublicKey"),
        ("neighbour", "1.2.840.10045.2.2", "the arc after id-ecPublicKey"),
        ("unknown", "1.3.6.1.4.1.99999.1.1", "an OID nobody knows"),
        ("unknown-huge-arc", f"1.2.840.10045.2.{2**130 + 1}", "a valid arc of 131 bits"),
    ]:
        case(f"algorithm-{name}", with_name(oid(dotted)), code, 4, note)
    case("algorithm-unknown-long-oid", with_name(oid("1.3.6.1.4.1" + ".7" * 60)), code, 5,
         "a valid OID of 65 octets, outer header of three bytes")
    case("algorithm-and-curve-exchanged", seq(seq(K1, EC), KEY), code, 4, "the curve OID first")
    case("algorithm-ed25519-then-trailing", other.ed25519_spki() + b"\n", code, 4,
         "the line feed after the key comes later")
    case("algorithm-ed25519-bad-unused-bits", put(11, "01", other.ed25519_spki()), code, 4,
         "the unused bits octet comes later")
    case("algorithm-rsa-then-indefinite-parameters",
         seq(seq(oid("1.2.840.113549.1.1.1"), b"\x05\x80"), KEY), code, 4,
         "the parameters' length octet comes later")


def curves():
    code = "wrong-curve"
    for name, at, note in [
        ("p192", 13, "P-192 (secp192r1)"),
        ("p224", 13, "P-224"),
        ("p256", 13, "P-256"),
        ("p384", 13, "P-384"),
        ("p521", 14, "P-521, outer header of three bytes"),
        ("brainpoolp256r1", 13, "brainpoolP256r1"),
        ("brainpoolp384r1", 13, "brainpoolP384r1"),
        ("brainpoolp512r1", 14, "brainpoolP512r1, outer header of three bytes"),
    ]:
        case(f"curve-{name}", other.ec_spki(name), code, at, f"a real key: {note}")
    case("curve-sm2", other.openssl_ec_spki("SM2", "1.2.156.10197.1.301", 32), code, 13,
         "a real key (OpenSSL): SM2")
    case("curve-secp160k1", other.openssl_ec_spki("secp160k1", "1.3.132.0.9", 21), code, 13,
         "a real key (OpenSSL): secp160k1, 1.3.132.0.9, the number before secp256k1's")
    case("curve-secp192k1", other.openssl_ec_spki("secp192k1", "1.3.132.0.31", 24), code, 13,
         "a real key (OpenSSL): secp192k1")
    for name, dotted, note in [
        ("number-9", "1.3.132.0.9", "secp256k1's point under secp160k1's OID"),
        ("number-11", "1.3.132.0.11", "the number after secp256k1's"),
        ("number-138", "1.3.132.0.138", "81 0a at the end: 138, not 10"),
        ("parent-arc", "1.3.132.0", "the arc above secp256k1"),
        ("child-arc", "1.3.132.0.10.0", "an arc below secp256k1"),
        ("p256-over-k1-point", "1.2.840.10045.3.1.7", "P-256's OID over a secp256k1 point"),
        ("id-ec-public-key", "1.2.840.10045.2.1", "the algorithm OID as the curve"),
        ("unknown", "1.3.6.1.4.1.99999.2.1", "an OID nobody knows"),
        ("unknown-huge-arc", f"1.3.132.{2**64}.10", "a valid arc of 65 bits"),
    ]:
        case(f"curve-{name}", with_parameters(oid(dotted)), code, 13, note)
    case("curve-p256-then-trailing", other.ec_spki("p256") + b"\0", code, 13, "the byte after the key comes later")
    case("curve-p256-trailing-in-algorithm", with_parameters(P256, NULL), code, 13,
         "the NULL after the curve OID comes later")
    case("curve-p256-compressed",
         seq(seq(EC, P256), bits(bytes([2 + other.ec_point("p256")[-1] % 2]) + other.ec_point("p256")[1:33])),
         code, 13, "the compressed point comes later")

    code = "specified-curve"
    case("explicit-secp256k1", other.explicit_spki(secret("1"), "1.3.132.0.10"), code, 16,
         "OpenSSL -param_enc explicit; headers of four and three bytes")
    case("explicit-p256", other.explicit_spki(secret("p256 explicit")[:31], "1.2.840.10045.3.1.7"), code, 17,
         "OpenSSL -param_enc explicit; two headers of four bytes")
    case("specified-empty", with_parameters(seq()), code, 13, "an empty SEQUENCE as parameters")
    case("specified-wrapped-oid", with_parameters(seq(K1)), code, 13, "the curve OID in a SEQUENCE")
    case("specified-indefinite", with_parameters(raw(0x30, "80", K1, b"\0\0")), code, 13,
         "of indefinite length: only the tag is looked at")

    code = "implicit-curve"
    case("implicit-curve", with_parameters(NULL), code, 13, "NULL as parameters")
    case("implicit-curve-then-oid", with_parameters(NULL, K1), code, 13, "NULL, then the curve OID")
    case("implicit-curve-bad-point", seq(seq(EC, NULL), bits(b"\x04" + Y + X)), code, 13,
         "the point, which is not on the curve, comes later")

    code = "missing-parameters"
    case("missing-parameters", seq(seq(EC), KEY), code, 13, "AlgorithmIdentifier of 9 bytes")
    case("missing-parameters-alone", seq(seq(EC)), code, 13, "nor is there a BIT STRING")
    case("curve-oid-outside", seq(seq(EC), K1, KEY), code, 13, "the curve OID after the AlgorithmIdentifier")


def strings():
    code = "unused-bits"
    for octet in ("01", "07", "08", "ff"):
        case(f"unused-bits-{octet}", put(22, octet), code, 20, f"unused bits octet {octet}")
    case("unused-bits-missing-octet", with_key(raw(0x03, "41", b"\x04" + XY)), code, 20,
         "the unused bits octet was left out, so that the point's 04 is read as one")
    case("unused-bits-compressed", with_key(bits(b"\x02" + X, unused=1)), code, 20,
         "the compressed point comes later")

    code = "empty-bit-string"
    case("empty-bit-string", with_key(bytes.fromhex("0300")), code, 20, "BIT STRING of length 0")
    case("empty-bit-string-then-point", put(21, "00"), code, 20,
         "length 0, the former content follows as surplus")

    code = "point-missing"
    case("point-missing", with_point(b""), code, 20, "only the unused bits octet")
    case("point-missing-then-point", put(21, "01"), code, 20,
         "only the unused bits octet, the former content follows as surplus")


def points():
    code = "compressed-point"
    even, odd = (first(map(str, range(1, 99)), lambda n: point(secret(n))[63] % 2 == bit) for bit in (0, 1))
    case("compressed-02", with_point(b"\x02" + point(secret(even))[:32]), code, 23, "a real key with even Y")
    case("compressed-03", with_point(b"\x03" + point(secret(odd))[:32]), code, 23, "a real key with odd Y")
    nowhere = first(range(2, 99), lambda x: lift(x) is None)
    case("compressed-no-such-x", with_point(b"\x02" + be32(nowhere)), code, 23,
         "no point has this X; the form is judged first")
    case("compressed-x-out-of-range", with_point(b"\x03" + be32(P + 1)), code, 23,
         "X >= p; the form is judged first")

    code = "hybrid-point"
    parity = Y[31] % 2
    case("hybrid-right-parity", put(23, f"0{6 + parity}"), code, 23, "X9.62 hybrid, parity as in Y")
    case("hybrid-wrong-parity", put(23, f"0{7 - parity}"), code, 23, "X9.62 hybrid, parity not as in Y")
    case("hybrid-short", with_point(b"\x06" + X), code, 23, "06 and 32 bytes")

    code = "compact-point"
    case("compact-full", put(23, "05"), code, 23, "05 and 64 bytes")
    case("compact-short", with_point(b"\x05" + X), code, 23, "05 and 32 bytes")

    code = "point-at-infinity"
    case("infinity", with_point(b"\0"), code, 23, "the one octet of SEC 1 2.3.3")
    case("infinity-padded", with_point(bytes(65)), code, 23, "65 zero octets")
    case("infinity-before-point", put(23, "00"), code, 23, "00 X Y")
    case("doubled-unused-bits", with_point(b"\0\x04" + XY), code, 23, "the unused bits octet twice")

    code = "invalid-point-tag"
    for octet in ("01", "08", "40", "84", "ff"):
        case(f"point-tag-{octet}", put(23, octet), code, 23, f"first octet {octet}")
    name = first(map(str, range(1, 99)), lambda n: point(secret(n))[0] > 7)
    case("point-without-tag", with_point(point(secret(name))), code, 23,
         "X and Y without 04; X begins with an octet above 07")
    case("point-is-spki", with_point(GOOD), code, 23,
         "a whole SubjectPublicKeyInfo in the BIT STRING; both lengths still have one octet")

    code = "wrong-point-length"
    case("point-64-bytes", with_point(b"\x04" + XY[:-1]), code, 23, "the last octet of Y is missing")
    case("bit-string-one-too-small", put(21, "41"), code, 23,
         "the BIT STRING announces 65 bytes; the last octet of Y follows as surplus")
    case("point-66-bytes", with_point(b"\x04" + XY + b"\0"), code, 23, "one octet too many")
    case("point-33-bytes", with_point(b"\x04" + X), code, 23, "04 and X only")
    case("point-1-byte", with_point(b"\x04"), code, 23, "04 only")
    case("point-p384", with_point(other.ec_point("p384")), code, 23, "a P-384 point under secp256k1's OID")
    case("point-in-octet-string", with_point(tlv(0x04, b"\x04" + XY)), code, 23,
         "an OCTET STRING around the point; its tag is read as 04")
    case("point-zeros-stripped", with_point(b"\x04" + X[1:] + Y), code, 23, "X with its first octet left out")
    case("compressed-65-bytes", put(23, "02"), code, 23, "02 X Y")
    case("compressed-32-bytes", with_point(b"\x03" + X[:-1]), code, 23, "03 and 31 bytes")
    case("compressed-34-bytes", with_point(b"\x02" + X + b"\0"), code, 23, "02 and 33 bytes")
    case("compressed-1-byte", with_point(b"\x03"), code, 23, "03 only")

    code = "coordinate-out-of-range"
    x = int.from_bytes(X, "big")
    y = int.from_bytes(Y, "big")
    small_x = first(range(1, 99), lambda v: lift(v) is not None)
    small_y = first(range(1, 99), lambda v: cube_root(v * v - 7) is not None)
    x_of_small_y = cube_root(small_y * small_y - 7)
    assert is_on_curve(small_x, lift(small_x)) and is_on_curve(x_of_small_y, small_y)
    case("x-plus-p", with_xy(small_x + P, lift(small_x)), code, 24, f"X = p + {small_x}: on the curve modulo p")
    case("x-is-p", with_xy(P, y), code, 24, "X = p")
    case("x-all-ones", with_xy(2**256 - 1, y), code, 24, "X = 2^256 - 1")
    case("y-plus-p", with_xy(x_of_small_y, small_y + P), code, 56, f"Y = p + {small_y}: on the curve modulo p")
    case("y-is-p", with_xy(x, P), code, 56, "Y = p")
    case("y-all-ones", with_xy(x, 2**256 - 1), code, 56, "Y = 2^256 - 1")
    case("both-out-of-range", with_xy(P + small_x, 2**256 - 1), code, 24, "both; X comes first")
    case("both-all-ones", with_xy(2**256 - 1, 2**256 - 1), code, 24, "both 2^256 - 1; X comes first")

    code = "not-on-curve"
    case("coordinates-exchanged", with_point(b"\x04" + Y + X), code, 23, "Y before X")
    case("coordinates-reversed", with_point(b"\x04" + X[::-1] + Y[::-1]), code, 23, "both little-endian")
    case("bit-flipped-in-x", put(40, f"{GOOD[40] ^ 0x10:02x}"), code, 23, "one bit of X")
    case("bit-flipped-in-y", put(87, f"{GOOD[87] ^ 0x01:02x}"), code, 23, "the last bit of Y")
    case("y-plus-one", with_xy(x, y + 1), code, 23, "Y + 1")
    case("x-and-minus-y-off-by-one", with_xy(x, P - y - 1), code, 23, "p - Y - 1")
    case("point-p256", with_point(other.ec_point("p256")), code, 23, "a P-256 point under secp256k1's OID")
    case("point-sm2", with_point(other.openssl_ec_spki("SM2", "1.2.156.10197.1.301", 32)[-65:]), code, 23,
         "an SM2 point under secp256k1's OID")
    # The quadratic twist is 3 y^2 = x^3 + 7, as 3 is not a square modulo p.
    assert root(3) is None
    twist_y = root((nowhere**3 + 7) * pow(3, -1, P))
    assert 3 * twist_y**2 % P == (nowhere**3 + 7) % P
    case("point-of-twist", with_xy(nowhere, twist_y), code, 23, "on 3 y^2 = x^3 + 7, the quadratic twist")
    other_x = first(range(2, 99), lambda v: root(v**3 + 2) is not None)
    case("point-of-curve-b2", with_xy(other_x, root(other_x**3 + 2)), code, 23,
         "on y^2 = x^3 + 2, an invalid-curve attack's kind of point")
    case("coordinates-zero", with_xy(0, 0), code, 23, "both coordinates zero")
    case("x-zero", with_xy(0, y), code, 23, "X zero")
    case("y-zero", with_xy(x, 0), code, 23, "Y zero")
    case("both-p-minus-one", with_xy(P - 1, P - 1), code, 23, "both p - 1, the largest in range")
    case("point-of-two-keys", with_point(b"\x04" + X + OTHER[56:]), code, 23, "X of one key, Y of another")
    case("not-on-curve-then-trailing", with_point(b"\x04" + Y + X) + b"\0", code, 23,
         "the byte after the key comes later")


def check():
    seen = {}
    for c in CASES:
        der = bytes.fromhex(c["hex"])
        assert c["name"] not in [o["name"] for o in seen.values()], c["name"]
        assert der not in seen, (c["name"], seen[der]["name"])
        seen[der] = c
        try:
            spki_walk.walk(der)
        except spki_walk.Fault as fault:
            assert (fault.code, fault.offset) == (c["code"], c["offset"]), (c, fault)
        else:
            raise AssertionError(c)
        # Nothing that libsecp256k1 takes for an uncompressed point is called broken here.
        if c["code"] in ("coordinate-out-of-range", "not-on-curve"):
            try:
                coincurve.PublicKey(der[23:88])
            except ValueError:
                continue
            raise AssertionError(c)


def good():
    keys = []

    def add(name, xy):
        x, y = xy[:32], xy[32:]
        der = spki(xy)
        assert is_on_curve(int.from_bytes(x, "big"), int.from_bytes(y, "big"))
        assert coincurve.PublicKey(b"\x04" + xy).format(compressed=False)[1:] == xy
        numbers = load_der_public_key(der).public_numbers()
        assert (numbers.curve.name, be32(numbers.x), be32(numbers.y)) == ("secp256k1", x, y)
        spki_walk.walk(der)
        keys.append({"name": name, "hex": der.hex(), "x": x.hex(), "y": y.hex(),
                     "evm": eip55(evm_address(xy)),
                     "fingerprint": hashlib.sha256(der).hexdigest()})

    def search(name, label, wanted):
        for number in range(10**6):
            xy = point(secret(f"{label} {number}"))
            if wanted(xy):
                return add(name, xy)
        raise AssertionError(name)

    for number in range(1, 13):
        add(f"key-{number}", point(secret(str(number))))
    search("x-leading-zero", "search", lambda xy: xy[0] == 0 and xy[1] != 0)
    search("y-leading-zero", "search", lambda xy: xy[32] == 0 and xy[33] != 0)
    search("x-two-leading-zeros", "search", lambda xy: xy[:2] == b"\0\0")
    search("y-two-leading-zeros", "search", lambda xy: xy[32:34] == b"\0\0")
    search("x-begins-with-04", "search", lambda xy: xy[0] == 4)
    search("x-begins-with-02", "search", lambda xy: xy[0] == 2)
    search("x-begins-with-80", "search", lambda xy: xy[0] == 0x80)
    search("ends-with-line-feed", "search", lambda xy: xy[63] == 0x0A)
    search("ends-with-cr-lf", "search", lambda xy: xy[62:] == b"\r\n")
    search("ends-with-space", "search", lambda xy: xy[63] == 0x20)
    search("ends-with-zero", "search", lambda xy: xy[63] == 0)
    search("y-even", "parity", lambda xy: xy[63] % 2 == 0)
    search("y-odd", "parity", lambda xy: xy[63] % 2 == 1)
    search("address-leading-zero", "search", lambda xy: evm_address(xy)[:2] == "00")
    search("address-digits-only-in-first-half", "search", lambda xy: evm_address(xy)[:20].isdigit())
    add("private-key-one", point(be32(1)))
    add("private-key-two", point(be32(2)))
    add("private-key-n-minus-one", point(be32(N - 1)))
    add("negative-of-key-1", X + be32(P - int.from_bytes(Y, "big")))
    # Points whose private key nobody knows
    low = first(range(1, 99), lambda x: lift(x) is not None)
    add("x-smallest", be32(low) + be32(lift(low)))
    high = first(range(P - 1, P - 99, -1), lambda x: lift(x) is not None)
    add("x-largest", be32(high) + be32(lift(high)))
    order = first(range(N, N + 99), lambda x: lift(x) is not None)
    add("x-not-below-n", be32(order) + be32(P - lift(order)))
    small = first(range(1, 99), lambda y: cube_root(y * y - 7) is not None)
    add("y-smallest", be32(cube_root(small * small - 7)) + be32(small))
    add("y-largest", be32(cube_root(small * small - 7)) + be32(P - small))
    assert len({k["name"] for k in keys}) == len({k["hex"] for k in keys}) == len(keys)
    return keys


def make(root_folder):
    CASES.clear()
    for part in (empty, truncated, overrun, missing, lengths, tags, trailing, oids,
                 algorithms, curves, strings, points):
        part()
    check()
    keys = good()
    assert not {k["hex"] for k in keys} & {c["hex"] for c in CASES}
    write_json(f"{root_folder}/spki/broken.json", CASES)
    write_json(f"{root_folder}/spki/good.json", keys)
    return CASES, keys
