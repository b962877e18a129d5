"""Makes testdata/signature-mistakes.json: signatures got wrong in the known ways.

Called by scripts/make-signature-mistakes. Each mistake is made here with
coincurve (libsecp256k1), pycryptodome's Keccak and SHA3, hashlib, the
DER and RLP of signature_forms.py, and this file's own EIP-712; `verdict`,
`codes` and `says` are what a reader should be told of it.
"""

import base64
import json
import sys

import coincurve

import schemes
from signature_forms import (
    COMPACT, CUTS, FORMS, SCHEMES, WITHOUT_V, WITH_V, contents, der, eip2098, fixed, high, kms, little, lost,
    other_v, personal, prefixed, rlp, rs, sha256, sha3, sign, swapped,
)
from common import N, be32, eip55, evm_address, keccak256, point, secret, spki

ROWS = []

MESSAGES = {
    "ASCII": "I own this key.",
    "UTF-8": "Zürich – 署名 ✍",
    "empty": "",
    "binary": bytes(range(120, 140)),
    "hex": "0xdeadbeef00c0ffee",
    "bare hex": "3045022100f1ab",
    "newline": "signed by echo\n",
    "one": "x",
    "JSON": '{"nonce": 7}\n',
}


def raw(message):
    return message if isinstance(message, bytes) else message.encode()


def said(message):
    if isinstance(message, bytes):
        return {"message_hex": "0x" + message.hex()}
    return {"message": message}


# Claims

def address(key):
    return eip55(evm_address(point(secret(key))))


def public(key):
    return "0x04" + point(secret(key)).hex()


CLAIMS = [
    lambda key: {"address": address(key)},
    lambda key: {"public_key": base64.b64encode(spki(point(secret(key)))).decode()},
    lambda key: {"address": address(key).lower(), "public_key": public(key)},
    lambda key: {"address": schemes.address("bitcoin-p2wpkh", point(secret(key)), "osmo")},
]


def claim(key, number):
    return CLAIMS[number % len(CLAIMS)](key)


def known(keys=(), addresses=(), messages=(), digests=(), chain_ids=(), contracts=()):
    return {
        "keys": [{"label": f"key {name}", "public_key": public(name)} for name in keys],
        "addresses": [{"label": f"address {name}", "address": address(name)} for name in addresses],
        "messages": [{"label": label, "hex": raw(text).hex()} for label, text in messages],
        "digests": [{"label": label, "hex": digest.hex()} for label, digest in digests],
        "chain_ids": list(chain_ids),
        "contracts": [{"label": label, "address": text} for label, text in contracts],
    }


NOTHING = known()


def row(name, request, codes, says=(), beside=NOTHING, verdict=None):
    ROWS.append({
        "name": name, "request": request, "known": beside,
        "verdict": verdict or "not-verified", "codes": sorted(codes), "says": list(says),
    })


def rotate(ways, number):
    """One of WAYS: its name and itself."""
    return sorted(ways.items())[number % len(ways)]


class Keys:
    """A key of its own for each row, the forms and claims in turn."""

    def __init__(self, label):
        self.label, self.number = label, 0

    def next(self):
        self.number += 1
        return f"{self.label} {self.number}", self.number


def mistaken(label, digest, request, codes, says=(), beside=NOTHING, forms=None, count=1):
    """Rows of a wrong digest: COUNT of them, with other keys, forms and claims."""
    keys = MISTAKEN.setdefault(label, Keys(label))
    for _ in range(count):
        key, number = keys.next()
        name, write = rotate(forms or FORMS, number)
        signature = sign(key, digest)
        if number % 3 == 0:
            signature = high(signature)
        row(f"{label}, {name}, {number}", {"signature": write(signature), **claim(key, number), **request},
            codes, says, beside)


MISTAKEN = {}


# What is right: verified, with no reason

def right():
    number = 0
    for kind, message in MESSAGES.items():
        for scheme, digest in SCHEMES.items():
            key = f"right {kind} {scheme}"
            for form, write in (FORMS | COMPACT).items():
                number += 1
                signature = sign(key, digest(raw(message)))
                if number % 2 and form not in COMPACT:
                    signature = high(signature)
                row(f"right: {kind}, {scheme}, {form}",
                    {"signature": write(signature), **claim(key, number), **said(message), "scheme": scheme},
                    [], verdict="verified")
    digest = keccak256(b"a digest")
    row("right: a digest", {"signature": kms(sign("right digest", digest)), **claim("right digest", 2),
                            "digest": digest.hex()}, [], verdict="verified")
    for length in (29, 30, 31):
        for part in (0, 1):
            signature = ground("right short", lambda sig: sig[part] < 1 << 8 * length and sig[part] >> 8 * (length - 1), length)
            if signature is None:
                continue
            for form, write in FORMS.items():
                row(f"right: {'rs'[part]} of {length} bytes, {form}",
                    {"signature": write(signature[0]), **claim("right short", 0), **said(signature[1])}, [],
                    verdict="verified")


def ground(key, wanted, least=31):
    """A signature, by KEY, over the first message whose signature is as WANTED; none below 31 bytes, which takes too long."""
    if least < 31:
        return None
    for counter in range(200_000):
        message = f"ground for {key}: {counter}"
        low = sign(key, personal(message.encode()))
        for signature in (low, high(low)):
            if wanted(signature):
                return signature, message
    raise SystemExit(f"{key}: no such signature")


# v

def wrong_v():
    number = 0
    for kind, message in MESSAGES.items():
        for scheme, digest in SCHEMES.items():
            number += 1
            key = f"v {kind} {scheme}"
            signature = sign(key, digest(raw(message)))
            request = {**said(message), "scheme": scheme}
            name, write = rotate(WITH_V, number)
            row(f"the other v: {kind}, {scheme}, {name}",
                {"signature": write(other_v(signature)), **claim(key, number), **request}, ["wrong-v"],
                [f"write v as {signature[2] if 'parity' in name else 27 + signature[2]}"])
            name, write = rotate(WITH_V, number + 1)
            row(f"n - s with v kept: {kind}, {scheme}, {name}",
                {"signature": write((signature[0], N - signature[1], signature[2])), **claim(key, number), **request},
                ["wrong-v"], ["n - s"])
            highs = high(signature)
            row(f"n - s of a high s with v kept: {kind}, {scheme}, {name}",
                {"signature": write((highs[0], N - highs[1], highs[2])), **claim(key, number + 1), **request},
                ["wrong-v"], ["n - s"])
            if signature[2] == 0:
                row(f"the other parity in EIP-2098: {kind}, {scheme}",
                    {"signature": COMPACT["eip2098"](other_v(signature)), **claim(key, number), **request},
                    ["wrong-v"], ["highest bit of s"])


# Hashes

def hashes():
    for kind, message in MESSAGES.items():
        data, ask = raw(message), said(message)
        eip191, keccak, plain = ({**ask, "scheme": scheme} for scheme in ("eip191", "keccak", "sha256"))
        for scheme, digest in SCHEMES.items():
            request = {**ask, "scheme": scheme}
            once = digest(data)
            mistaken(f"SHA-256 of the digest: {kind}, {scheme}", sha256(once), request, ["sha256-of-digest"],
                     ["RAW"], count=2)
            mistaken(f"the digest reversed: {kind}, {scheme}", once[::-1], request, ["reversed-digest"])
            prefix = "prefix-twice" if scheme == "eip191" else "prefix-added"
            mistaken(f"personal_sign of the digest: {kind}, {scheme}", personal(once), request, [prefix])
            for text in (once.hex(), "0x" + once.hex()):
                mistaken(f"personal_sign of the digest's text: {kind}, {scheme}", personal(text.encode()), request,
                         [prefix, "hex-text"])
                mistaken(f"Keccak-256 of the digest's text: {kind}, {scheme}", keccak256(text.encode()), request,
                         ["hashed-twice", "hex-text"])
                mistaken(f"SHA-256 of the digest's text: {kind}, {scheme}", sha256(text.encode()), request,
                         ["sha256-of-digest", "hex-text"])
            mistaken(f"Keccak-256 of the digest: {kind}, {scheme}", keccak256(once), request, ["hashed-twice"])
        # The message's own text is not another one where it is the prefixed one; none of these is.
        mistaken(f"no prefix: {kind}", keccak256(data), eip191, ["missing-prefix"], ["--scheme keccak"], count=3)
        mistaken(f"no prefix, and RAW: {kind}", sha256(keccak256(data)), eip191,
                 ["missing-prefix", "sha256-of-digest"], ["2 mistakes at once"])
        mistaken(f"the prefix twice: {kind}", personal(prefixed(data)), eip191, ["prefix-twice"], count=2)
        mistaken(f"prefix added: {kind}", personal(data), keccak, ["prefix-added"], ["--scheme eip191"], count=2)
        mistaken(f"SHA3-256, eip191: {kind}", sha3(prefixed(data)), eip191, ["sha3-instead-of-keccak"], ["FIPS 202"])
        mistaken(f"SHA3-256, keccak: {kind}", sha3(data), keccak, ["sha3-instead-of-keccak"])
        mistaken(f"SHA3-256 and no prefix: {kind}", sha3(data), eip191, ["sha3-instead-of-keccak", "missing-prefix"])
        mistaken(f"SHA3-256 and a prefix: {kind}", sha3(prefixed(data)), keccak,
                 ["sha3-instead-of-keccak", "prefix-added"])
        mistaken(f"SHA3-256, sha256: {kind}", sha3(data), plain, ["another-hash"])
        mistaken(f"RAW over the message: {kind}", sha256(data), eip191, ["another-hash"], ["RAW"])
        mistaken(f"SHA-256 for Keccak-256: {kind}", sha256(data), keccak, ["another-hash"])
        mistaken(f"Keccak-256 for SHA-256: {kind}", keccak256(data), plain, ["another-hash"])
        mistaken(f"personal_sign for SHA-256: {kind}", personal(data), plain, ["another-hash"])
        for name, inner in (("Keccak-256", keccak256), ("SHA-256", sha256)):
            mistaken(f"personal_sign of {name}: {kind}", personal(inner(data)), eip191, ["hashed-twice"])
            mistaken(f"personal_sign of the text of {name}: {kind}", personal(b"0x" + inner(data).hex().encode()),
                     eip191, ["hashed-twice", "hex-text"])
            mistaken(f"Keccak-256 of {name}: {kind}", keccak256(inner(data)), eip191,
                     ["hashed-twice", "missing-prefix"])
        mistaken(f"Keccak-256 of SHA-256: {kind}", keccak256(sha256(data)), keccak, ["hashed-twice"])


# Digests alone: of one nobody knows what it is

def digests():
    for number in range(6):
        digest = keccak256(f"digest {number}".encode())
        request = {"digest": ("0x" if number % 2 else "") + digest.hex()}
        mistaken("digest: SHA-256 of it", sha256(digest), request, ["sha256-of-digest"], ["moto"])
        mistaken("digest: personal_sign of it", personal(digest), request, ["prefix-added"])
        mistaken("digest: Keccak-256 of it", keccak256(digest), request, ["hashed-twice"])
        mistaken("digest: its text", personal(digest.hex().encode()), request, ["prefix-added", "hex-text"])
        mistaken("digest: KMS RAW over its text", sha256(digest.hex().encode()), request,
                 ["sha256-of-digest", "hex-text"])
        mistaken("digest: reversed", digest[::-1], request, ["reversed-digest"])


# Other texts for a message

def texts():
    def all_hashes(label, message, text, codes, **more):
        for scheme, digest in SCHEMES.items():
            mistaken(f"{label}, {scheme}", digest(text), {**said(message), "scheme": scheme}, codes, **more)
        mistaken(f"{label}, no prefix", keccak256(text), said(message), [*codes, "missing-prefix"])
        mistaken(f"{label}, and RAW", sha256(personal(text)), said(message), [*codes, "sha256-of-digest"])

    binary = MESSAGES["binary"]
    for message in (binary, bytes(32), b"\xff", b"\x00\x00", keccak256(b"some root")):
        digits = message.hex()
        all_hashes(f"hex text of {digits}", message, digits.encode(), ["hex-text"])
        all_hashes(f"hex text with 0x of {digits}", message, b"0x" + digits.encode(), ["hex-text"], count=2)
        all_hashes(f"base64 of {digits}", message, base64.b64encode(message), ["base64-text"])
    all_hashes("hex text in capitals", binary, binary.hex().upper().encode(), ["hex-text"])
    all_hashes("hex text of the empty message", "", b"0x", ["hex-text"])
    for message in ("0xdeadbeef00c0ffee", "3045022100f1ab", "0x" + keccak256(b"root").hex(), "00\n"):
        digits = message.strip().removeprefix("0x")
        all_hashes(f"bytes of {message!r}", message, bytes.fromhex(digits), ["hex-bytes"])
    all_hashes("bytes of base64", "aGVsbG8gd29ybGQ=", b"hello world", ["base64-text"])
    for kind in ("ASCII", "UTF-8", "empty", "one"):
        message = MESSAGES[kind]
        all_hashes(f"a line break more: {kind}", message, raw(message) + b"\n", ["line-ending"], says=["line break"])
        all_hashes(f"CR and LF more: {kind}", message, raw(message) + b"\r\n", ["line-ending"])
    all_hashes("a line break less", "signed by echo\n", b"signed by echo", ["line-ending"], says=["line break"])
    all_hashes("CR and LF less", "signed by echo\r\n", b"signed by echo", ["line-ending"])
    all_hashes("blanks less", "  signed \t\n", b"signed", ["line-ending"])
    all_hashes("CR and LF for LF", "two\nlines", b"two\r\nlines", ["line-ending"])
    all_hashes("LF for CR and LF", "two\r\nlines", b"two\nlines", ["line-ending"])
    # The message was given with its prefix already.
    for message in ("hello", "Zürich"):
        mistaken("the prefix in the message", personal(message.encode()), said(prefixed(message.encode()).decode()),
                 ["prefix-twice"], ["already begins with the prefix"], count=3)


# Typed data and transactions, encoded here by hand

DOMAIN = {"name": "Vault", "version": "1", "chainId": 1, "verifyingContract": "0x" + "11" * 20}
FIELDS = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}
OTHER_CONTRACT = eip55("22" * 20)


def separator(domain):
    kind = "EIP712Domain(" + ",".join(f"{FIELDS[name]} {name}" for name in domain) + ")"
    words = [keccak256(kind.encode())]
    for name, value in domain.items():
        if FIELDS[name] == "string":
            words.append(keccak256(value.encode()))
        elif FIELDS[name] == "address":
            words.append(bytes.fromhex(value[2:]).rjust(32, b"\0"))
        else:
            words.append(be32(value))
    return keccak256(b"".join(words))


def order_hash(text, amount):
    return keccak256(keccak256(b"Order(string text,uint256 amount)") + keccak256(text.encode()) + be32(amount))


def typed(domain, text="pay", amount=5):
    document = {
        "types": {"EIP712Domain": [{"name": name, "type": FIELDS[name]} for name in domain],
                  "Order": [{"name": "text", "type": "string"}, {"name": "amount", "type": "uint256"}]},
        "primaryType": "Order", "domain": domain, "message": {"text": text, "amount": amount},
    }
    return document, keccak256(b"\x19\x01" + separator(domain) + order_hash(text, amount))


TO = bytes.fromhex("33" * 20)


def legacy(chain):
    fields = [7, 10**9, 21000, TO, 10**15, b""]
    return fields, keccak256(rlp(fields if chain is None else [*fields, chain, 0, 0]))


def dynamic(chain):
    fields = [chain, 7, 10**9, 2 * 10**9, 21000, TO, 10**15, b"", []]
    return fields, keccak256(b"\x02" + rlp(fields))


def signed_legacy(fields, chain, sig):
    v = 27 + sig[2] if chain is None else 35 + 2 * chain + sig[2]
    return "0x" + rlp([*fields, v, sig[0], sig[1]]).hex()


def signed_dynamic(fields, sig):
    return "0x02" + rlp([*fields, sig[2], sig[0], sig[1]]).hex()


def documents():
    document, digest = typed(DOMAIN)
    ask = {"typed_data": document}
    contracts = known(contracts=[("the vault of base", OTHER_CONTRACT)])
    for number in range(4):
        key = f"typed {number}"
        name, write = rotate(FORMS, number)
        row(f"typed data: right, {name}", {"signature": write(sign(key, digest)), **claim(key, number), **ask}, [],
            verdict="verified")
    for chain in (5, 10, 8453):
        mistaken(f"typed data for chain {chain}", typed(DOMAIN | {"chainId": chain})[1], ask, ["another-chain"],
                 [f"chain id {chain}"], count=2)
    mistaken("typed data for a chain of the evidence", typed(DOMAIN | {"chainId": 987654})[1], ask, ["another-chain"],
             ["chain id 987654"], known(chain_ids=[987654]), count=2)
    mistaken("typed data for a chain that nobody names", typed(DOMAIN | {"chainId": 987654})[1], ask, [])
    mistaken("typed data for another contract", typed(DOMAIN | {"verifyingContract": OTHER_CONTRACT})[1], ask,
             ["another-domain"], ["the vault of base", OTHER_CONTRACT], contracts, count=3)
    mistaken("typed data for a contract that nobody names", typed(DOMAIN | {"verifyingContract": OTHER_CONTRACT})[1],
             ask, [])
    both = typed(DOMAIN | {"verifyingContract": OTHER_CONTRACT, "chainId": 987654})[1]
    mistaken("typed data for another contract and chain", both, ask, ["another-domain"],
             ["chain id 987654", "the vault of base"],
             known(chain_ids=[987654], contracts=[("the vault of base", OTHER_CONTRACT)]), count=2)
    for name in FIELDS:
        without = {field: value for field, value in DOMAIN.items() if field != name}
        mistaken(f"typed data without {name}", typed(without)[1], ask, ["another-domain"], [f"no {name}"])
    mistaken("typed data: the message alone", order_hash("pay", 5), ask, ["another-convention"])
    mistaken("typed data: no 1901", keccak256(separator(DOMAIN) + order_hash("pay", 5)), ask, ["another-convention"])
    mistaken("typed data: personal_sign of the digest", personal(digest), ask, ["prefix-added"])
    mistaken("typed data: RAW", sha256(digest), ask, ["sha256-of-digest"], count=2)
    mistaken("typed data: RAW and another chain", sha256(typed(DOMAIN | {"chainId": 10})[1]), ask,
             ["another-chain", "sha256-of-digest"])
    mistaken("typed data: another amount", typed(DOMAIN, amount=6)[1], ask, [])

    for number in range(4):
        key = f"transaction {number}"
        for chain in (None, 1, 8453):
            fields, digest = legacy(chain)
            sig = sign(key, digest)
            ask = {**claim(key, number)}
            row(f"legacy transaction, {chain}, {number}: right",
                {"transaction": signed_legacy(fields, chain, sig), **ask}, [], verdict="verified")
            right = 27 + sig[2] if chain is None else 35 + 2 * chain + sig[2]
            row(f"legacy transaction, {chain}, {number}: the other v",
                {"transaction": signed_legacy(fields, chain, other_v(sig)), **ask}, ["wrong-v"], [f"write v as {right}"])
            for other in (None, 10, 1 if chain != 1 else 5):
                if other == chain:
                    continue
                sig = sign(key, legacy(other)[1])
                row(f"legacy transaction, {chain}, {number}: signed for {other}",
                    {"transaction": signed_legacy(fields, chain, sig), **ask}, ["another-chain"],
                    ["before EIP-155" if other is None else f"chain id {other}"])
            row(f"legacy transaction, {chain}, {number}: RAW",
                {"transaction": signed_legacy(fields, chain, sign(key, sha256(digest))), **ask}, ["sha256-of-digest"])
        fields, digest = dynamic(1)
        sig = sign(key, digest)
        row(f"EIP-1559 transaction, {number}: right", {"transaction": signed_dynamic(fields, sig), **ask}, [],
            verdict="verified")
        row(f"EIP-1559 transaction, {number}: the other v", {"transaction": signed_dynamic(fields, other_v(sig)), **ask},
            ["wrong-v"], [f"write v as {sig[2]}"])
        sig = sign(key, dynamic(8453)[1])
        row(f"EIP-1559 transaction, {number}: for another chain", {"transaction": signed_dynamic(fields, sig), **ask},
            ["another-chain"], ["chain id 8453"])
        sig = sign(key, dynamic(424242)[1])
        row(f"EIP-1559 transaction, {number}: for a chain of the evidence",
            {"transaction": signed_dynamic(fields, sig), **ask}, ["another-chain"], ["chain id 424242"],
            known(chain_ids=[424242]))
        row(f"EIP-1559 transaction, {number}: for a chain that nobody names",
            {"transaction": signed_dynamic(fields, sig), **ask}, [])
        row(f"EIP-1559 transaction, {number}: personal_sign of the digest",
            {"transaction": signed_dynamic(fields, sign(key, personal(digest))), **ask}, ["prefix-added"])

    validator = eip55("44" * 20)
    for kind, message in MESSAGES.items():
        data = raw(message)
        ask = {**said(message), "validator": validator}

        def for_validator(contract):
            return keccak256(b"\x19\x00" + bytes.fromhex(contract[2:]) + data)

        key = f"validator {kind}"
        row(f"for a validator, {kind}: right", {"signature": kms(sign(key, for_validator(validator))), **claim(key, 1), **ask},
            [], verdict="verified")
        mistaken(f"for a validator, {kind}: personal_sign", personal(data), ask, ["another-hash"])
        mistaken(f"for a validator, {kind}: no prefix", keccak256(data), ask, ["missing-prefix"])
        mistaken(f"for a validator, {kind}: another one", for_validator(OTHER_CONTRACT), ask, ["another-domain"],
                 ["the vault of base"], contracts)


# Other signers, other messages; two explanations; none

def others():
    for number, (kind, message) in enumerate(MESSAGES.items()):
        data, ask = raw(message), said(message)
        for form, write in FORMS.items():
            mine, theirs = f"mine {kind}", f"theirs {kind}"
            request = {"signature": write(sign(theirs, personal(data))), **claim(mine, number), **ask}
            row(f"another key: {kind}, {form}", request, ["another-key"], [f"key {theirs}", address(theirs)],
                known(keys=[mine, theirs]))
            row(f"another address: {kind}, {form}", request, ["another-key"], [f"address {theirs}"],
                known(addresses=[theirs]))
            row(f"another key that nobody names: {kind}, {form}", request, [], [], known(keys=[mine]))
        theirs, mine = f"theirs {kind}", f"mine {kind}"
        row(f"another key, and RAW: {kind}",
            {"signature": kms(sign(theirs, sha256(personal(data)))), **claim(mine, number), **ask},
            ["another-key", "sha256-of-digest"], [f"key {theirs}", "2 mistakes at once"], known(keys=[theirs]))
        row(f"another key, no prefix, and RAW: {kind}",
            {"signature": kms(sign(theirs, sha256(keccak256(data)))), **claim(mine, number), **ask},
            ["another-key", "missing-prefix", "sha256-of-digest"], ["3 mistakes at once"], known(keys=[theirs]))
        row(f"another key, r and s swapped: {kind}",
            {"signature": WITHOUT_V["rs"](swapped(sign(theirs, personal(data)))), **claim(mine, number), **ask},
            ["another-key", "swapped-r-and-s"], [f"key {theirs}"], known(keys=[theirs]))
        label, text = "letter.txt", f"another message {kind}"
        beside = known(messages=[("other.txt", b"\x00other"), (label, text)])
        mistaken(f"another message: {kind}", personal(text.encode()), ask, ["another-message"], [label], beside, count=2)
        mistaken(f"another message, keccak: {kind}", keccak256(text.encode()), {**ask, "scheme": "keccak"},
                 ["another-message"], [label], beside)
        mistaken(f"another message, no prefix: {kind}", keccak256(text.encode()), ask,
                 ["another-message", "missing-prefix"], [label], beside)
        mistaken(f"another message, and RAW: {kind}", sha256(personal(text.encode())), ask,
                 ["another-message", "sha256-of-digest"], [label], beside)
        mistaken(f"another message that nobody names: {kind}", personal(text.encode()), ask, [])
        mistaken(f"another digest: {kind}", keccak256(text.encode() * 2), ask, ["another-message"], ["root 5"],
                 known(digests=[("root 5", keccak256(text.encode() * 2))]))
        mistaken(f"the message itself in the evidence: {kind}", keccak256(b"no" + data), ask, [], [],
                 known(messages=[(label, data)]))
        # Two fit: both are said.
        mistaken(f"a line break more, which is another message: {kind}", personal(data + b"\n"), ask,
                 ["another-message", "line-ending"], [label], known(messages=[(label, data + b"\n")]))
        mistaken(f"no prefix, which is a digest of the evidence: {kind}", keccak256(data), ask,
                 ["another-message", "missing-prefix"], ["root 6"], known(digests=[("root 6", keccak256(data))]))
        if data:
            mistaken(f"hex text, which is another message: {kind}", personal(b"0x" + data.hex().encode()), ask,
                     ["another-message", "hex-text"], [label], known(messages=[(label, b"0x" + data.hex().encode())]))
    mistaken("the digits' bytes, which are another message", personal(b"\xde\xad"), said("0xdead"),
             ["another-message", "hex-bytes"], ["letter"], known(messages=[("letter", b"\xde\xad")]), count=3)
    mistaken("a digest, of a message of the evidence", personal(b"letter"), {"digest": keccak256(b"x").hex()},
             ["another-message"], ["letter.txt"], known(messages=[("letter.txt", b"letter")]), count=3)
    # Both keys that a signature without v may be of are in the evidence.
    digest = personal(b"two")
    sig = sign("two of one", digest)
    other = coincurve.PublicKey.from_signature_and_message(rs(sig) + bytes([1 - sig[2]]), digest, hasher=None)
    beside = known(keys=["two of one"])
    beside["keys"].append({"label": "key of the other v", "public_key": "0x" + other.format(compressed=False).hex()})
    row("both keys of a signature without v", {"signature": kms(sig), **claim("mine", 0), "message": "two"},
        ["another-key"], ["key two of one", "key of the other v"], beside)

    # Claims that differ.
    for number in range(4):
        data, mine, theirs = f"differ {number}", f"mine {number}", f"theirs {number}"
        ask = {"public_key": public(mine), "address": address(theirs), "message": data}
        for who, words in ((mine, "is that of the claimed key"), (theirs, "is that of the claimed address"), ("nobody", "is that of neither")):
            sig = sign(who, personal(data.encode()))
            row(f"claims differ, {number}: signed by {who}", {"signature": rotate(FORMS, number)[1](sig), **ask},
                ["claims-differ"], [words])
        row(f"claims differ, {number}: RAW", {"signature": kms(sign(mine, sha256(personal(data.encode())))), **ask},
            ["claims-differ", "sha256-of-digest"])

    # None fits.
    for number in range(40):
        message = list(MESSAGES.values())[number % len(MESSAGES)]
        ask = {**claim(f"random {number}", number), **said(message)}
        r = int.from_bytes(sha256(b"random r %d" % number), "big") % N
        s = int.from_bytes(sha256(b"random s %d" % number), "big") % N
        everything = known(keys=["a", "b"], addresses=["c"], messages=[("m", "some message")],
                           digests=[("d", sha256(b"d"))], chain_ids=[7], contracts=[("k", OTHER_CONTRACT)])
        for form, write in FORMS.items():
            row(f"random: {number}, {form}", {"signature": write((r, s, number % 2)), **ask}, [], [], everything)


# Order of the bytes

def orders():
    for number, (kind, message) in enumerate(MESSAGES.items()):
        data, ask = raw(message), said(message)
        for form, write in FORMS.items():
            key = f"order {kind} {form}"
            sig, doubly = sign(key, personal(data)), sign(key, sha256(personal(data)))
            request = {**claim(key, number), **ask}
            for sig in (sig, high(sig)):
                if max(little(sig)[:2]) >= N:
                    continue
                tag = f"{kind}, {form}, {'low' if 2 * sig[1] < N else 'high'} s"
                row(f"r and s swapped: {tag}", {"signature": write(swapped(sig)), **request}, ["swapped-r-and-s"])
                row(f"little-endian halves: {tag}", {"signature": write(little(sig)), **request}, ["little-endian"],
                    ["little-endian"])
                row(f"64 bytes reversed: {tag}", {"signature": write(swapped(little(sig))), **request},
                    ["little-endian"], ["reverse order"])
            row(f"r and s swapped, and RAW: {kind}, {form}", {"signature": write(swapped(doubly)), **request},
                ["swapped-r-and-s", "sha256-of-digest"], ["2 mistakes at once"])


# DER cut at fixed places

def slices():
    count = 0
    for r_len in (31, 32, 33):
        for s_len in (31, 32, 33):
            for variant in range(2 if r_len == s_len == 31 else 4):
                key = f"cut {r_len} {s_len} {variant}"
                sig, message = ground(key, lambda sig: tuple(map(len, contents(sig))) == (r_len, s_len))
                for name, cut in CUTS.items():
                    r, s = cut(sig)
                    cut_sig = int.from_bytes(r, "big"), int.from_bytes(s, "big"), sig[2]
                    is_right = cut_sig == sig
                    if not all(0 < part < N for part in cut_sig[:2]):
                        continue
                    count += 1
                    form, write = rotate({"rs": FORMS["rs"], "json without v": FORMS["json without v"],
                                          "rsv": FORMS["rsv"]}, count)
                    request = {"signature": write(cut_sig), **claim(key, variant), **said(message)}
                    tag = f"DER cut: {name}; r of {r_len} bytes, s of {s_len}, {form}, {variant}"
                    if is_right:
                        row(tag, request, [], verdict="verified")
                        continue
                    row(tag, request, ["sliced-der"], ["DER"])
                    # Somebody else's: the shape alone explains nothing.
                    if s[:2] != b"\x21\0":
                        row(f"{tag}: nobody's", request | claim("nobody", variant), [])
                    # One lost byte is looked for with every key of the evidence, more of them with the claimed one.
                    row(f"{tag}: another key", request | {"address": address("mine"), "public_key": public("mine")},
                        ["another-key", "sliced-der"] if lost(sig, name) < 2 else [], [], known(keys=[key]))


def main(path):
    for make in (right, wrong_v, hashes, digests, texts, documents, others, orders, slices):
        make()
    names = [row["name"] for row in ROWS]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)[:5]
    with open(path, "w", encoding="ascii", newline="\n") as out:
        rows = ",\n".join(json.dumps(row, ensure_ascii=True, separators=(",", ":")) for row in ROWS)
        out.write(f"[\n{rows}\n]\n")


main(sys.argv[1])
