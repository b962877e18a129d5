"""Called by scripts/make-transactions: writes the vectors, and says how many.

Signed by eth-account, encoded by rlp; Keccak-256 is pycryptodome's. Shares no
code with kms-audit.
"""

import collections
import hashlib
import json
import sys

import rlp
from eth_account import Account
from eth_account._utils.legacy_transactions import serializable_unsigned_transaction_from_dict
from eth_account.typed_transactions.blob_transactions.blob_transaction import BlobTransaction
from eth_utils import keccak, to_canonical_address, to_checksum_address
from hexbytes import HexBytes

import transaction_faults as faults

N = faults.N


def secret(name):
    return hashlib.sha256(f"kms-audit test key {name}".encode()).digest()


def address(name):
    return Account.from_key(secret(name)).address


def packed(raw):
    """The bytes as pairs of hex digits and how often they repeat: blobs are mostly zeros."""
    parts, start = [], 0
    while start < len(raw):
        zeros = raw.find(b"\x00" * 64, start)
        if zeros < 0:
            parts.append([raw[start:].hex(), 1])
            break
        if zeros > start:
            parts.append([raw[start:zeros].hex(), 1])
        end = zeros
        while end < len(raw) and raw[end] == 0:
            end += 1
        parts.append(["00", end - zeros])
        start = end
    return parts


def digest_of(fields):
    return serializable_unsigned_transaction_from_dict(fields).hash()


def other_chains(fields):
    """What would be signed on other chains."""
    found = {}
    for chain in [None, 1, 127, 128, 2**40]:
        changed = {key: value for key, value in fields.items() if key != "chainId"}
        if chain is not None:
            changed["chainId"] = chain
        elif "type" in fields:
            continue
        found["none" if chain is None else str(chain)] = digest_of(changed).hex().removeprefix("0x")
    return found


def authorization(chain, nonce, who, target="target"):
    signed = Account.sign_authorization(
        {"chainId": chain, "address": address(target), "nonce": nonce}, secret(who)
    )
    row = {
        "chain_id": str(chain),
        "address": address(target),
        "nonce": str(nonce),
        "digest": bytes(signed.authorization_hash).hex(),
        "y_parity": signed.y_parity,
        "r": f"{signed.r:064x}",
        "s": f"{signed.s:064x}",
        "authority": address(who),
        "fault": None,
    }
    return signed, row


def sign(name, kind, fields, who="sender", blobs=None, authorizations=(), notes=()):
    signed = Account.sign_transaction(fields, secret(who), blobs=blobs)
    raw = bytes(signed.raw_transaction)
    assert blobs or Account.recover_transaction(raw) == address(who)
    to = fields.get("to", b"")
    row = {
        "name": name,
        "kind": kind,
        "raw": packed(raw),
        "sender": address(who),
        "chain_id": None if "chainId" not in fields else str(fields["chainId"]),
        "nonce": str(fields["nonce"]),
        "to": to_checksum_address(to) if to else None,
        "gas_limit": str(fields["gas"]),
        "value": f"{fields.get('value', 0):064x}",
        "data_length": len(HexBytes(fields.get("data", b""))),
        "data_hash": keccak(HexBytes(fields.get("data", b""))).hex(),
        "v": str(signed.v),
        "r": f"{signed.r:064x}",
        "s": f"{signed.s:064x}",
        "low_s": signed.s <= N // 2,
        "digest": None if blobs else digest_of(fields).hex().removeprefix("0x"),
        "hash": bytes(signed.hash).hex(),
        "blobs": len(fields.get("blobVersionedHashes", [])),
        "sidecar": None,
        "authorizations": list(authorizations),
        "notes": list(notes),
        "other_chains": {} if blobs else other_chains(fields),
    }
    if not blobs:
        assert keccak(raw).hex() == row["hash"]
    return row, raw


def high_s(row, raw):
    """The same signature with n - s and the other parity, which is valid mathematics."""
    kind = raw[:1] if raw[0] < 0x80 else b""
    items = rlp.decode(raw[len(kind) :])
    v, s = int.from_bytes(items[-3], "big"), int.from_bytes(items[-1], "big")
    # Odd and even swap within the pairs 0/1, 27/28, 35/36 …
    v = v ^ 1 if kind else (v + 1 if v % 2 else v - 1)
    changed = kind + rlp.encode([*items[:-3], faults.big(v), items[-2], faults.big(N - s)])
    return row | {
        "name": row["name"] + ", high s",
        "raw": packed(changed),
        "v": str(v),
        "s": f"{N - s:064x}",
        "low_s": False,
        "hash": keccak(changed).hex(),
    }


def good():
    to = address("recipient")
    call = {"nonce": 7, "gas": 100_000, "to": to, "value": 10**18, "data": "0xa9059cbb" + "11" * 64}
    create = {"nonce": 0, "gas": 3_000_000, "value": 0, "data": "0x6000600055"}
    rows = []

    def add(*arguments, **named):
        row, raw = sign(*arguments, **named)
        rows.append((row, raw))
        return row, raw

    add("legacy call", "legacy", call | {"gasPrice": 20 * 10**9})
    add("legacy create", "legacy", create | {"gasPrice": 1})
    add("legacy all zero", "legacy", {"nonce": 0, "gas": 0, "gasPrice": 0, "to": to, "value": 0, "data": "0x"}, who="other")
    for length in [1, 55, 56, 255, 256, 70_000]:
        add(
            f"legacy {length} bytes of data",
            "legacy",
            call | {"gasPrice": 10**9, "data": b"\x80" * length if length < 300 else b"\x00" * length},
        )
    add("legacy one zero byte of data", "legacy", call | {"gasPrice": 10**9, "data": b"\x00"})
    add("legacy fee above 128 bits", "legacy", call | {"gasPrice": 2**128 + 5})
    for chain in [1, 10, 46, 110, 8453, 42161, 11155111, 2**53, 2**63 - 37, 2**64 - 1]:
        add(f"eip155 call on {chain}", "eip155", call | {"gasPrice": 20 * 10**9, "chainId": chain})
    add("eip155 create", "eip155", create | {"gasPrice": 20 * 10**9, "chainId": 1})
    add("eip155 highest nonce", "eip155", call | {"gasPrice": 1, "chainId": 1, "nonce": 2**64 - 2, "gas": 2**64 - 1, "value": 2**256 - 1})

    access = [
        {"address": address("contract"), "storageKeys": ["0x" + "00" * 32, "0x" + "ab" * 32]},
        {"address": to, "storageKeys": []},
        {"address": address("contract"), "storageKeys": ["0x" + f"{key:064x}" for key in range(1, 20)]},
    ]
    # eth-account takes storage keys as numbers of 32 bytes.
    for name, kind, fees in [
        ("eip2930", 1, {"gasPrice": 20 * 10**9}),
        ("eip1559", 2, {"maxFeePerGas": 30 * 10**9, "maxPriorityFeePerGas": 10**9}),
    ]:
        base = fees | {"type": kind, "chainId": 1}
        add(f"{name} call", name, call | base)
        add(f"{name} create", name, create | base)
        add(f"{name} access list", name, call | base | {"accessList": access})
        add(f"{name} create with access list", name, create | base | {"accessList": access[:1]})
        add(f"{name} no value, no data", name, call | base | {"value": 0, "data": "0x", "nonce": 0, "chainId": 8453})
        add(f"{name} large chain", name, call | base | {"chainId": 2**64 - 1})
        add(f"{name} fees of 256 bits", name, call | base | {key: 2**256 - 1 for key in fees})
    fees = {"maxFeePerGas": 10**9, "maxPriorityFeePerGas": 30 * 10**9, "type": 2, "chainId": 1}
    add("eip1559 priority fee above the fee", "eip1559", call | fees, notes=["priority-fee-above-max-fee"])

    fees = {"maxFeePerGas": 30 * 10**9, "maxPriorityFeePerGas": 0, "chainId": 1}
    blob = fees | {"type": 3, "maxFeePerBlobGas": 7}
    hashes = [b"\x01" + hashlib.sha256(bytes([number])).digest()[1:] for number in range(6)]
    add("eip4844 one blob", "eip4844", call | blob | {"blobVersionedHashes": hashes[:1]})
    add("eip4844 six blobs", "eip4844", call | blob | {"blobVersionedHashes": hashes, "accessList": access})
    add("eip4844 no data", "eip4844", call | blob | {"blobVersionedHashes": hashes[:2], "data": "0x", "value": 0})

    code = fees | {"type": 4}
    pairs = [authorization(1, 0, "alice"), authorization(0, 5, "bob"), authorization(2**64, 2**64 - 1, "carol")]
    add("eip7702 one authorization", "eip7702", call | code | {"authorizationList": [pairs[0][0]]}, authorizations=[pairs[0][1]])
    add(
        "eip7702 three authorizations",
        "eip7702",
        call | code | {"authorizationList": [pair[0] for pair in pairs], "accessList": access},
        authorizations=[pair[1] for pair in pairs],
    )
    rows.append(void_authorizations(rows[-1]))

    # r or s with leading zero bytes: data that other programs get wrong.
    wanted = {"r", "s"}
    nonce = 1000
    while wanted:
        fields = call | {"gasPrice": 1, "chainId": 1, "nonce": nonce}
        signed = Account.sign_transaction(fields, secret("sender"))
        nonce += 1
        for part in sorted(wanted):
            if getattr(signed, part) < 2**248:
                add(f"eip155 short {part}", "eip155", fields)
                wanted.discard(part)
    for row, raw in list(rows):
        if row["name"] in {"legacy call", "eip155 call on 1", "eip2930 call", "eip1559 call", "eip4844 one blob", "eip7702 one authorization"}:
            rows.append((high_s(row, raw), None))
    return rows


def void_authorizations(pair):
    """The transaction with authorizations that are void, and good ones between them; signed by hand."""
    row, raw = pair
    items = rlp.decode(raw[1:])
    good_tuples = items[9]
    changed = []
    expected = []

    def put(tuple_, known, fault):
        changed.append(tuple_)
        number = {key: int.from_bytes(tuple_[at], "big") for at, key in [(3, "y_parity"), (4, "r"), (5, "s")]}
        expected.append(
            known
            | {
                "y_parity": number["y_parity"],
                "r": f"{number['r']:064x}",
                "s": f"{number['s']:064x}",
                "fault": fault,
                "authority": None if fault else known["authority"],
            }
        )

    for at, (item, known) in enumerate(zip(good_tuples, row["authorizations"])):
        put(item, known, None)
        faulty = [
            (3, b"\x02", "invalid-v"),
            (3, b"\xff", "invalid-v"),
            (4, b"", "out-of-range"),
            (4, faults.big(N), "out-of-range"),
            (5, b"", "out-of-range"),
            (5, faults.big(2**256 - 1), "out-of-range"),
        ]
        for place, value, fault in faulty[2 * at : 2 * at + 2]:
            put([*item[:place], value, *item[place + 1 :]], known, fault)
    # A high s makes the tuple void on chain, but it is a signature.
    item = good_tuples[0]
    s = N - int.from_bytes(item[5], "big")
    parity = 1 - int.from_bytes(item[3], "big")
    put([*item[:3], faults.big(parity), item[4], faults.big(s)], row["authorizations"][0], None)
    unsigned = [*items[:9], changed]
    digest = keccak(b"\x04" + rlp.encode(unsigned))
    signed = Account.unsafe_sign_hash(digest, secret("sender"))
    signature = [faults.big(signed.v - 27), faults.big(signed.r), faults.big(signed.s)]
    raw = b"\x04" + rlp.encode(unsigned + signature)
    return row | {
        "name": "eip7702 void authorizations",
        "raw": packed(raw),
        "v": str(signed.v - 27),
        "r": f"{signed.r:064x}",
        "s": f"{signed.s:064x}",
        "digest": digest.hex(),
        "hash": keccak(raw).hex(),
        "authorizations": expected,
        "other_chains": {
            str(chain): keccak(b"\x04" + rlp.encode([faults.big(chain), *unsigned[1:]])).hex() for chain in [1, 127, 2**40]
        },
    }, raw


def networks():
    """Two blobs with their sidecars, in both forms, and faults of sidecars."""
    blobs = [b"\x00" * 65_536 + b"\x00kms-audit" + b"\x00" * (65_536 - 10), b"\x00" * 131_072]
    fields = {
        "nonce": 1,
        "gas": 21_000,
        "to": address("recipient"),
        "value": 1,
        "data": "0x",
        "maxFeePerGas": 30,
        "maxPriorityFeePerGas": 1,
        "chainId": 1,
        "type": 3,
        "maxFeePerBlobGas": 9,
    }
    row, raw = sign("eip4844 with the sidecar of EIP-7594", "eip4844", fields, blobs=blobs)
    payload, version, sent, commitments, cells = rlp.decode(raw[1:])
    assert version == b"\x01" and sent == blobs and len(cells) == 256
    canonical = b"\x03" + rlp.encode(payload)
    # eth-account names the hash of the whole wrapper, which is nobody's: EIP-4844 hashes the payload alone.
    assert row["hash"] == keccak(raw).hex()
    assert Account.recover_transaction(canonical) == row["sender"]
    row |= {
        "hash": keccak(canonical).hex(),
        "digest": keccak(b"\x03" + rlp.encode(payload[:-3])).hex(),
        "blobs": 2,
        "sidecar": 1,
        "other_chains": {"137": keccak(b"\x03" + rlp.encode([faults.big(137), *payload[1:-3]])).hex()},
    }
    proofs = [proof.as_bytes() for proof in BlobTransaction(fields, blobs=blobs).blob_data.proofs]
    old = b"\x03" + rlp.encode([payload, sent, commitments, proofs])
    rows = [
        row,
        row | {"name": "eip4844 with the sidecar of EIP-4844", "raw": packed(old), "sidecar": 0},
        row | {"name": "eip4844 of a sidecar, without it", "raw": packed(canonical), "sidecar": None},
    ]

    mark, end = faults.Mark, faults.End
    payload, sent, commitments, proofs, cells = map(faults.plain, [payload, sent, commitments, proofs, cells])
    short = [payload, [], [], []]
    broken = [
        ("three items", "rlp-too-few-items", end([payload, sent, commitments])),
        ("six items", "rlp-too-many-items", [payload, b"\x01", [], [], [], mark(b"")]),
        ("payload without s", "rlp-too-few-items", [end(payload[:-1]), *short[1:]]),
        ("payload unsigned", "unsigned-transaction", [end(payload[:-3]), *short[1:]]),
        ("payload empty", "rlp-too-few-items", [end([]), *short[1:]]),
        ("version 2", "unknown-wrapper-version", [payload, mark(b"\x02"), [], [], []]),
        ("version 0", "unknown-wrapper-version", [payload, mark(b""), [], [], []]),
        ("version a list", "rlp-unexpected-list", [payload, mark([]), [], [], []]),
        ("no blobs", "sidecar-count", [payload, mark([]), commitments, proofs]),
        ("one blob of two", "sidecar-count", [payload, mark(sent[:1]), commitments, proofs]),
        ("three blobs of two", "sidecar-count", [payload, mark(sent + sent[:1]), commitments, proofs]),
        ("blobs a string", "rlp-unexpected-string", [payload, mark(b"abc"), commitments, proofs]),
        ("a blob a list", "rlp-unexpected-list", [payload, [mark([])], commitments, proofs]),
        ("a short blob", "rlp-wrong-length", [payload, [sent[0], mark(sent[1][1:])], commitments, proofs]),
        ("a small blob", "rlp-wrong-length", [payload, [mark(b"abc")], commitments, proofs]),
        ("a commitment of 47 bytes", "rlp-wrong-length", [payload, sent, [mark(commitments[0][1:])], proofs]),
        ("commitments swapped", "blob-commitment-mismatch", [payload, sent, [mark(commitments[1]), commitments[0]], proofs]),
        ("second commitment changed", "blob-commitment-mismatch", [payload, sent, [commitments[0], mark(commitments[0])], proofs]),
        ("one commitment", "sidecar-count", [payload, sent, mark(commitments[:1]), proofs]),
        ("one proof", "sidecar-count", [payload, sent, commitments, mark(proofs[:1])]),
        ("a proof of 49 bytes", "rlp-wrong-length", [payload, sent, commitments, [mark(proofs[0] + b"\x01")]]),
        ("cell proofs without version", "sidecar-count", [payload, sent, commitments, mark(cells)]),
        ("proofs of blobs with version", "sidecar-count", [payload, b"\x01", sent, commitments, mark(proofs)]),
        ("255 cell proofs", "sidecar-count", [payload, b"\x01", sent, commitments, mark(cells[1:])]),
    ]
    made = []
    for name, code, node in broken:
        raw, at = faults.encode(node)
        made.append({"name": f"sidecar: {name}", "raw": packed(b"\x03" + raw), "code": code, "offset": at + 1})
    return rows, made


def unsigned(rows):
    """Payloads that ask to be signed, and what they ask for (null: nobody can know)."""
    found = []

    def add(name, raw, payload, offset):
        found.append({"name": name, "hex": raw.hex(), "payload": payload, "offset": offset})

    for row, raw in rows:
        if raw is None or len(raw) > 2000:
            continue
        kind = raw[:1] if raw[0] < 0x80 else b""
        items = rlp.decode(raw[len(kind) :])
        if kind:
            short = kind + rlp.encode(items[:-3])
            add(row["name"], short, row["digest"], len(short))
            long = kind + rlp.encode([*items[:-3], b"", b"", b""])
            add(row["name"] + ", zeros", long, row["digest"], len(long) - 2)
            continue
        short = rlp.encode(items[:-3])
        add(row["name"] + ", six fields", short, keccak(short).hex(), len(short))
        if row["chain_id"] is not None:
            long = rlp.encode([*items[:-3], faults.big(int(row["chain_id"])), b"", b""])
            add(row["name"] + ", nine fields", long, row["digest"], len(long) - 2)
        zero = rlp.encode([*items[:-3], b"", b"", b""])
        add(row["name"] + ", zeros", zero, None, len(zero) - 2)
    return found


def main(path):
    rows = good()
    network, sidecars = networks()
    bases = {"legacy call", "eip155 call on 1", "eip2930 create with access list", "eip1559 create with access list", "eip4844 one blob", "eip7702 one authorization"}
    broken = [{"name": "no bytes", "hex": "", "code": "empty", "offset": 0}]
    for raw in [b"\x80", b"\x83abc", b"\xbf", b"\xb8\x40"]:
        broken.append(faults.row(f"string {raw.hex()}", raw, "wrapped-transaction", 0))
    for row, raw in rows:
        if row["name"] in bases:
            kind = raw[:1] if raw[0] < 0x80 else b""
            items = rlp.decode(raw[len(kind) :])
            broken += faults.of(row["name"], kind, items)
            broken += faults.whole(row["name"], kind, items)
    for case in broken:
        assert len(case["hex"]) < 4000, case["name"]
    out = {
        "signed": [row for row, _ in rows] + network,
        "unsigned": unsigned(rows),
        "broken": broken,
        "sidecars": sidecars,
    }
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n")
        for number, (name, part) in enumerate(out.items()):
            lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in part)
            file.write(f'"{name}": [\n{lines}\n]{"," if number + 1 < len(out) else ""}\n')
        file.write("}\n")
    for name, part in out.items():
        print(f"{name}: {len(part)}")
    for code, count in sorted(collections.Counter(case["code"] for case in broken + sidecars).items()):
        print(f"  {code}: {count}")


main(sys.argv[1])
