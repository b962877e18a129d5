"""Makes testdata/address-mistakes.json: addresses got wrong in the known ways.

Each mistake is made here with pycryptodome's hashes and this folder's own
encodings; `codes` and `says` are what a reader should be told of it.
"""

import base64
import hashlib
import itertools

from Crypto.Hash import RIPEMD160, SHA3_256

import schemes
from common import eip55, keccak256, point, secret, spki, write_json

HASHES = {
    "Keccak-256": keccak256,
    "SHA3-256": lambda data: SHA3_256.new(data).digest(),
    "SHA-256": lambda data: hashlib.sha256(data).digest(),
    "HASH160": schemes.hash160,
    "RIPEMD-160": lambda data: RIPEMD160.new(data).digest(),
}


def pem(der):
    text = base64.b64encode(der).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])


def inputs(xy):
    """What may be hashed: name, bytes, code, and a word of the sentence."""
    x, y, der = xy[:32], xy[32:], spki(xy)
    point65, short = b"\x04" + xy, schemes.compressed(xy)
    yield "xy", xy, "hashed-x-and-y", "X and Y are hashed"
    yield "65 bytes", point65, "hashed-uncompressed-point", "prefix 04"
    yield "compressed", short, "hashed-compressed-point", "33 bytes"
    yield "DER", der, "hashed-der", "88 bytes"
    yield "X only", x, "hashed-x-only", "X alone"
    yield "Y only", y, "hashed-y-only", "Y alone"
    yield "Y then X", y + x, "hashed-swapped-coordinates", "Y and X"
    yield "little-endian X, Y", x[::-1] + y[::-1], "hashed-little-endian", "little-endian"
    yield "64 bytes reversed", xy[::-1], "hashed-little-endian", "64 bytes of X and Y"
    for name, data in [("X and Y", xy), ("the uncompressed point", point65),
                       ("the compressed point", short), ("the DER", der), ("X", x)]:
        for form, text in [("hexadecimal text", data.hex()),
                           ("hexadecimal text in capitals", data.hex().upper()),
                           ("hexadecimal text with 0x", "0x" + data.hex()),
                           ("base64 text", base64.b64encode(data).decode())]:
            yield f"{form} of {name}", text.encode(), "hashed-text", f"the {form} of {name} is hashed"
    line = base64.b64encode(der).decode() + "\n"
    yield "base64 line of the DER", line.encode(), "hashed-text", "with its line end of the DER"
    yield "PEM", pem(der).encode(), "hashed-text", "PEM text of the DER"


def ways(xy):
    """Every way to 20 bytes: input, hash, part, order, the bytes."""
    for (name, data, code, word), (hash_name, function) in itertools.product(inputs(xy), HASHES.items()):
        digest = function(data)
        parts = [("whole", digest)] if len(digest) == 20 else [
            ("last", digest[-20:]), ("first", digest[:20])]
        for (part, made), backwards in itertools.product(parts, (False, True)):
            yield name, code, word, hash_name, part, backwards, made[::-1] if backwards else made


WRITE = {
    "evm": lambda data: eip55(data.hex()),
    "tron": lambda data: schemes.base58check(0x41, data),
    "cosmos": lambda data: schemes.bech32("osmo", data),
    "bitcoin-p2pkh": lambda data: schemes.base58check(0, data),
    "bitcoin-p2wpkh": lambda data: schemes.segwit("bc", 0, data),
}
# What is right: the input, the hash, the part.
EVM = ("xy", "Keccak-256", "last")
HASH160 = ("compressed", "HASH160", "whole")
RIGHT = {"evm": [EVM], "tron": [EVM], "cosmos": [HASH160, EVM],
         "bitcoin-p2pkh": [HASH160], "bitcoin-p2wpkh": [HASH160]}


def told(way, right):
    """Codes and words of what a way does differently from the right one."""
    name, code, word, hash_name, part, backwards, _ = way
    mistakes = []
    if name != right[0]:
        mistakes.append((code, word))
    if hash_name != right[1]:
        is_sha3 = (hash_name, right[1]) == ("SHA3-256", "Keccak-256")
        mistakes.append(("sha3-instead-of-keccak" if is_sha3 else "another-hash", hash_name))
    if part == "first":
        mistakes.append(("first-20-bytes", "first 20 bytes"))
    if backwards:
        mistakes.append(("reversed-address", "reverse order"))
    return mistakes


def made_wrong(rows):
    """Every way as an EVM address; of the other schemes a part, each of a key of its own."""
    rights = [EVM, HASH160]
    for number, scheme in enumerate(WRITE):
        xy = point(secret(f"mistaken {number}"))
        for index, way in enumerate(ways(xy)):
            if scheme != "evm" and (index - 1) % 7 != number:
                continue
            is_right = [not told(way, right) for right in rights]
            mistakes = min((told(way, right) for right in RIGHT[scheme]), key=len)
            if not mistakes:
                continue
            if any(is_right):
                codes, says = ["other-scheme-of-this-key"], [f"written as {scheme}"]
            else:
                codes = [mistakes[0][0] if len(mistakes) == 1 else "several-mistakes"]
                says = [word for _, word in mistakes]
            rows.append(row(f"{scheme}: {way[0]}, {way[3]}, {way[4]}"
                            + (", reversed" if way[5] else ""),
                            xy, WRITE[scheme](way[6]), codes, says))


def row(name, xy, claim, codes, says=(), keys=(), contracts=()):
    return {"name": name, "public_key": "04" + xy.hex(), "claim": claim, "codes": sorted(codes),
            "says": list(says), "keys": list(keys), "contracts": list(contracts)}


def known(label, xy):
    return {"label": label, "public_key": "04" + xy.hex()}


def slips(rows):
    """One slip of each kind in an address of each scheme."""
    alphabets = {"evm": "0123456789abcdef", "tron": schemes.BASE58, "cosmos": schemes.BECH32,
                 "bitcoin-p2pkh": schemes.BASE58, "bitcoin-p2wpkh": schemes.BECH32}
    starts = {"evm": 2, "tron": 1, "cosmos": 5, "bitcoin-p2pkh": 1, "bitcoin-p2wpkh": 3}
    for number, scheme in enumerate(WRITE):
        xy = point(secret(f"slip {number}"))
        data = keccak256(xy)[-20:] if scheme in ("evm", "tron") else schemes.hash160(schemes.compressed(xy))
        right = WRITE[scheme](data)
        if scheme == "evm":
            right = right.lower()
        letters = alphabets[scheme]

        def other(char, step=1):
            return letters[(letters.index(char) + step) % len(letters)]

        def add(kind, claim, code, *says):
            rows.append(row(f"{scheme}: {kind}", xy, claim, [code], says))

        for at in range(starts[scheme], len(right), 5):
            to = other(right[at])
            add(f"character {at + 1} changed", right[:at] + to + right[at + 1:],
                "one-character-changed", f"character {at + 1} is '{to}' instead of '{right[at]}'")
            two = at + 2
            if two < len(right):
                changed = right[:at] + to + right[at + 1:two] + other(right[two], 3) + right[two + 1:]
                add(f"characters {at + 1} and {two + 1} changed", changed, "two-characters-changed",
                    f"character {at + 1} is", f"character {two + 1} is")
            if at + 1 < len(right) and right[at] != right[at + 1]:
                swapped = right[:at] + right[at + 1] + right[at] + right[at + 2:]
                add(f"characters {at + 1} and {at + 2} swapped", swapped, "neighbours-swapped",
                    f"characters {at + 1} and {at + 2} are swapped")
            run = [i for i in range(len(right)) if right[i] == right[at]
                   and all(right[j] == right[at] for j in range(min(i, at), max(i, at) + 1))]
            where = (f"character {at + 1} " if len(run) == 1
                     else f"one of the characters {run[0] + 1} to {run[-1] + 1} ")
            add(f"character {at + 1} missing", right[:at] + right[at + 1:], "character-missing",
                where, "is missing")
            extra = other(right[at], 2)
            if extra not in right[at - 1:at + 1]:
                add(f"a character before {at + 1} too many", right[:at] + extra + right[at:],
                    "character-extra", f"character {at + 1} '{extra}' is one too many")
        if scheme == "evm":
            add("letter O for zero" if "0" in right[2:] else "letter g",
                right.replace("0", "O", 2).replace("O", "0", 1) if "0" in right[2:] else right[:-1] + "g",
                "one-character-changed", "instead of")
            wrong = eip55(right[2:])
            at = next(i for i, c in enumerate(wrong) if i > 1 and c.isalpha())
            add("case of a letter", wrong[:at] + wrong[at].swapcase() + wrong[at + 1:],
                "wrong-checksum-case", wrong)
            add("without 0x, one digit changed", right[2:10] + other(right[10]) + right[11:],
                "one-character-changed", "character 9 is")
            add("leading zero dropped", "0x" + right[3:], "character-missing", "is missing")


def others(rows):
    """Other keys, contracts, other schemes; two explanations; none."""
    a, b = point(secret("mine")), point(secret("theirs"))
    names = [known("key A", a), known("key B", b)]
    for scheme in WRITE:
        for prefix, wanted in ((None, scheme), ("osmo", "cosmos-eth")) if scheme == "cosmos" else ((None, scheme),):
            claim = (eip55(keccak256(b)[-20:].hex()) if scheme == "evm"
                     else schemes.address(wanted, b, "osmo"))
            rows.append(row(f"{wanted}: another key's address", a, claim,
                            ["claim-belongs-to-another-key"], ["key B"], names))
    hash20 = schemes.hash160(schemes.compressed(b))
    evm20 = keccak256(b)[-20:]
    rows.append(row("evm: another key's HASH160", a, eip55(hash20.hex()),
                    ["other-scheme-of-another-key"], ["key B", "cosmos", "HASH160"], names))
    rows.append(row("bitcoin-p2pkh: another key's EVM bytes", a, schemes.base58check(0, evm20),
                    ["other-scheme-of-another-key"], ["key B", "evm", "Keccak-256"], names))
    rows.append(row("evm: this key's HASH160", a, eip55(schemes.hash160(schemes.compressed(a)).hex()),
                    ["other-scheme-of-this-key"], ["written as evm", "bitcoin-p2pkh"], names))
    rows.append(row("the zero address", a, "0x" + "0" * 40, ["zero-address"], ["zero address"], names))
    mailbox = "c005dc82818d67af737725bd4bf75435d065d239"
    registry = [{"label": "the contract mailbox of ethereum", "bytes": mailbox}]
    rows.append(row("a contract", a, eip55(mailbox), ["contract"], ["mailbox of ethereum"], names, registry))

    # Two fit: both are said.
    mine = keccak256(a)[-20:].hex()
    near = mine[:7] + ("0" if mine[7] != "0" else "1") + mine[8:]
    rows.append(row("a contract one character away from the key's address", a, "0x" + near,
                    ["contract", "one-character-changed"], ["character 10 is", "near"], names,
                    [{"label": "the contract near of base", "bytes": near}]))
    rows.append(row("another key's address, which is a contract's too", a, eip55(evm20.hex()),
                    ["claim-belongs-to-another-key", "contract"], ["key B", "both"], names,
                    [{"label": "the contract both of base", "bytes": evm20.hex()}]))
    der = keccak256(spki(a))[-20:].hex()
    rows.append(row("the whole DER hashed, and a contract", a, eip55(der),
                    ["contract", "hashed-der"], ["88 bytes", "odd"], names,
                    [{"label": "the contract odd of base", "bytes": der}]))
    rows.append(row("two other keys under one address", a, eip55(evm20.hex()),
                    ["claim-belongs-to-another-key"], ["key B and key B again"],
                    [*names, known("key B again", b)]))
    shared = schemes.bech32("osmo", hash20)
    rows.append(row("bech32 of two keys: one's HASH160, a contract", a, shared,
                    ["claim-belongs-to-another-key", "contract"], ["key B", "c1"], names,
                    [{"label": "the contract c1 of osmosis", "bytes": hash20.hex()}]))

    # None fits: nothing is said.
    for number in range(20):
        data = keccak256(f"nobody {number}".encode())[-20:]
        for scheme, write in WRITE.items():
            rows.append(row(f"{scheme}: nobody's address {number}", a, write(data), [], [], names, registry))
    for index, way in enumerate(ways(b)):
        is_own = not told(way, EVM) or not told(way, HASH160)
        if index % 7 == 0 and not is_own:
            rows.append(row(f"evm: a mistake made with another key: {way[0]}, {way[3]}, {way[4]}", a,
                            eip55(way[6].hex()), [], [], names))
    far = mine[:3] + "".join("0" if c != "0" else "1" for c in mine[3:6]) + mine[6:]
    rows.append(row("evm: three characters changed", a, "0x" + far, []))
    rows.append(row("evm: two characters missing", a, "0x" + mine[2:], []))
    rows.append(row("evm: the right address", a, eip55(mine), []))
    rows.append(row("a private key's size", a, keccak256(a).hex(), []))
    rows.append(row("shortened", a, f"0x{mine[:4]}…{mine[-4:]}", []))
    rows.append(row("no address", a, "vitalik.eth", []))


def make(root):
    rows = []
    made_wrong(rows)
    slips(rows)
    others(rows)
    write_json(f"{root}/address-mistakes.json", rows)
    return rows
