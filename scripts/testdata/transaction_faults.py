"""Transactions with one fault each, and where the fault is.

The encoder here is no RLP library's: it writes what is wrong as it is told, and
remembers the offset of the node that is marked. The code of each fault is
written by hand beside it; nothing here decodes.
"""

import dataclasses

N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclasses.dataclass
class Raw:
    """Bytes that go out as they are."""

    data: bytes


@dataclasses.dataclass
class Mark:
    """The node at fault."""

    node: object


@dataclasses.dataclass
class End:
    """A list that ends too early: the fault is where the next item should be."""

    node: list


def big(number):
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def head(length, base):
    if length < 56:
        return bytes([base + length])
    digits = big(length)
    return bytes([base + 55 + len(digits)]) + digits


def encode(node):
    """The bytes, and the offset of the mark in them or None."""
    if isinstance(node, Mark):
        raw, _ = encode(node.node)
        return raw, 0
    if isinstance(node, End):
        raw, _ = encode(node.node)
        return raw, len(raw)
    if isinstance(node, Raw):
        return node.data, None
    if isinstance(node, bytes):
        if len(node) == 1 and node[0] < 0x80:
            return node, None
        return head(len(node), 0x80) + node, None
    content, mark = b"", None
    for child in node:
        raw, at = encode(child)
        if at is not None:
            mark = len(content) + at
        content += raw
    start = head(len(content), 0xC0)
    return start + content, None if mark is None else len(start) + mark


LEGACY = ["nonce", "gas_price", "gas_limit", "to", "value", "data"]
FEES = ["chain_id", "nonce", "max_priority_fee_per_gas", "max_fee_per_gas", "gas_limit", "to", "value", "data", "access_list"]
FIELDS = {
    b"": LEGACY + ["v", "r", "s"],
    b"\x01": ["chain_id", "nonce", "gas_price", "gas_limit", "to", "value", "data", "access_list", "y_parity", "r", "s"],
    b"\x02": FEES + ["y_parity", "r", "s"],
    b"\x03": FEES + ["max_fee_per_blob_gas", "blob_versioned_hashes", "y_parity", "r", "s"],
    b"\x04": FEES + ["authorization_list", "y_parity", "r", "s"],
}
LISTS = {"access_list", "blob_versioned_hashes", "authorization_list"}
BYTES = {"to", "data"} | LISTS


def plain(node):
    """Lists of an RLP library as lists."""
    return node if isinstance(node, bytes) else [plain(child) for child in node]


def with_item(items, at, node):
    return items[:at] + [node] + items[at + 1 :]


def encodings(name, items, at, put):
    """Faults of the encoding of one field."""
    yield f"{name} long single byte", "rlp-non-minimal-byte", put(Raw(b"\x81\x05"))
    yield f"{name} long zero byte", "rlp-non-minimal-byte", put(Raw(b"\x81\x00"))
    yield f"{name} long short length", "rlp-non-minimal-length", put(Raw(b"\xb8\x02\x81\x82"))
    yield f"{name} 55 in long form", "rlp-non-minimal-length", put(Raw(b"\xb8\x37" + b"\x11" * 55))
    yield f"{name} length with zero", "rlp-non-minimal-length", put(Raw(b"\xb9\x00\x40" + b"\x11" * 64))
    yield f"{name} list length with zero", "rlp-non-minimal-length", put(Raw(b"\xf9\x00\x40" + b"\x11" * 64))
    yield f"{name} over the end", "rlp-overrun", put(Raw(b"\xba\xff\xff\xff"))
    yield f"{name} list over the end", "rlp-overrun", put(Raw(b"\xfa\xff\xff\xff"))
    yield f"{name} over every end", "rlp-overrun", put(Raw(b"\xbf" + b"\xff" * 8))
    yield f"{name} last and one short", "rlp-overrun", items[:at] + [Mark(Raw(b"\x83\x01\x02"))]
    yield f"{name} last and length cut off", "rlp-overrun", items[:at] + [Mark(Raw(b"\xb9\x01"))]


def nodes(kind, items):
    """Each fault of a good transaction: name, code, node."""
    names = FIELDS[kind]
    root = items
    for at, name in enumerate(names):
        value = items[at]

        def put(node, at=at):
            return with_item(root, at, Mark(node))

        yield f"{name} missing", "rlp-too-few-items", End(items[:at] + items[at + 1 :])
        # The encoding is the same of every kind: two are enough to see it in every place.
        if kind in {b"", b"\x03"} or name in LISTS | {"s"}:
            yield from encodings(name, items, at, put)
        if name in LISTS:
            yield f"{name} a string", "rlp-unexpected-string", put(b"abc")
            yield f"{name} an empty string", "rlp-unexpected-string", put(b"")
        elif name == "chain_id" and kind == b"\x03":
            # A list in the first place announces a sidecar, and then five items are the most.
            yield "chain_id a list", "rlp-too-many-items", [[]] + with_item(items, 5, Mark(items[5]))[1:]
        else:
            yield f"{name} a list", "rlp-unexpected-list", put([])
            yield f"{name} a list of itself", "rlp-unexpected-list", put([value])
        if name not in BYTES:
            yield f"{name} leading zero", "rlp-leading-zero", put(b"\x00" + (value or b""))
            yield f"{name} two zeros", "rlp-leading-zero", put(b"\x00\x00")
            # A zero byte is no number: zero is the empty string.
            yield f"{name} zero as a byte", "rlp-leading-zero", put(Raw(b"\x00"))
            yield f"{name} of 33 bytes", "rlp-integer-too-large", put(b"\x01" + b"\x00" * 32)
        if name in {"nonce", "gas_limit"}:
            yield f"{name} of 9 bytes", "rlp-integer-too-large", put(big(2**64))
    yield "one field more", "rlp-too-many-items", items + [Mark(b"")]
    yield "one list more", "rlp-too-many-items", items + [Mark([])]
    yield "nothing", "rlp-too-few-items", End([])
    yield "one field", "rlp-too-few-items", End(items[:1])
    yield "without s", "rlp-too-few-items", End(items[:-1])
    yield "without r and s", "rlp-too-few-items", End(items[:-2])
    yield "without one signed field", "rlp-too-few-items", End(items[:-4])
    yield "unsigned", "unsigned-transaction", End(items[:-3])

    def at(name, node):
        return with_item(root, names.index(name), Mark(node))

    def inside(name, node):
        return with_item(root, names.index(name), node)

    yield "nonce 2^64 - 1", "nonce-too-large", at("nonce", big(2**64 - 1))
    for length in [1, 19, 21, 32]:
        yield f"to of {length} bytes", "rlp-wrong-length", at("to", b"\x99" * length)
    if kind in {b"\x03", b"\x04"}:
        yield "to empty", "empty-recipient", at("to", b"")
    for name in ["r", "s"]:
        for text, value in [("zero", 0), ("n", N), ("n + 1", N + 1), ("2^256 - 1", 2**256 - 1)]:
            yield f"{name} {text}", "signature-out-of-range", at(name, big(value))
    out = with_item(items, len(items) - 2, Mark(big(N)))
    yield "r and s n", "signature-out-of-range", with_item(out, len(items) - 1, big(N))
    none = with_item(items, len(items) - 2, Mark(b""))
    yield "r and s zero", "unsigned-transaction", with_item(none, len(items) - 1, b"")
    deep = b"x"
    for level in range(8):
        deep = Mark([]) if level == 0 else [deep]
    yield "nine lists deep", "rlp-too-deep", inside("data", deep)
    if kind == b"":
        for v in [0, 1, 2, 26, 29, 34]:
            yield f"v {v}", "invalid-v", at("v", big(v))
        for v in [35 + 2 * 2**64, 2**128 - 1, 2**128, 2**255]:
            yield f"v {v}", "chain-id-too-large", at("v", big(v))
        return
    yield "chain_id 2^64", "chain-id-too-large", at("chain_id", big(2**64))
    for v in [2, 27, 28, 37, 0x101]:
        yield f"y_parity {v}", "invalid-y-parity", at("y_parity", big(v))

    address, key = b"\x77" * 20, b"\x66" * 32
    for name, code, node in [
        ("entry a string", "rlp-unexpected-string", [Mark(address)]),
        ("entry empty", "rlp-too-few-items", [End([])]),
        ("entry without keys", "rlp-too-few-items", [End([address])]),
        ("entry with three items", "rlp-too-many-items", [[address, [], Mark(b"")]]),
        ("second entry without keys", "rlp-too-few-items", [[address, [key]], End([address])]),
        ("address of 19 bytes", "rlp-wrong-length", [[Mark(address[1:]), []]]),
        ("address of 21 bytes", "rlp-wrong-length", [[Mark(address + b"\x01"), []]]),
        ("address empty", "rlp-wrong-length", [[Mark(b""), []]]),
        ("address a list", "rlp-unexpected-list", [[Mark([]), []]]),
        ("keys a string", "rlp-unexpected-string", [[address, Mark(key)]]),
        ("key of 31 bytes", "rlp-wrong-length", [[address, [key, Mark(key[1:])]]]),
        ("key of 33 bytes", "rlp-wrong-length", [[address, [Mark(key + b"\x01"), key]]]),
        ("key a list", "rlp-unexpected-list", [[address, [Mark([key])]]]),
    ]:
        yield f"access_list: {name}", code, inside("access_list", node)
    if kind == b"\x03":
        blob = b"\x01" + b"\x55" * 31
        for name, code, node in [
            ("empty", "no-blob-hashes", Mark([])),
            ("version 0", "unknown-blob-hash-version", [blob, Mark(b"\x00" + blob[1:])]),
            ("version 2", "unknown-blob-hash-version", [Mark(b"\x02" + blob[1:]), blob]),
            ("of 31 bytes", "rlp-wrong-length", [Mark(blob[1:])]),
            ("of 33 bytes", "rlp-wrong-length", [Mark(blob + b"\x01")]),
            ("a list", "rlp-unexpected-list", [Mark([blob])]),
        ]:
            yield f"blob hashes: {name}", code, inside("blob_versioned_hashes", node)
    if kind == b"\x04":
        tuples = items[names.index("authorization_list")]
        good = tuples[0]
        yield "authorizations: none", "no-authorizations", inside("authorization_list", Mark([]))
        cases = [
            ("a string", "rlp-unexpected-string", Mark(b"abc")),
            ("five items", "rlp-too-few-items", End(good[:5])),
            ("empty", "rlp-too-few-items", End([])),
            ("seven items", "rlp-too-many-items", good + [Mark(b"")]),
            ("y_parity of two bytes", "rlp-integer-too-large", with_item(good, 3, Mark(big(256)))),
            ("nonce of 9 bytes", "rlp-integer-too-large", with_item(good, 2, Mark(big(2**64)))),
        ]
        for position, name in enumerate(["chain_id", "address", "nonce", "y_parity", "r", "s"]):
            cases.append((f"{name} a list", "rlp-unexpected-list", with_item(good, position, Mark([]))))
            if name == "address":
                for length in [0, 19, 21]:
                    node = with_item(good, position, Mark(b"\x77" * length))
                    cases.append((f"address of {length} bytes", "rlp-wrong-length", node))
                continue
            node = with_item(good, position, Mark(b"\x00" + good[position]))
            cases.append((f"{name} leading zero", "rlp-leading-zero", node))
            node = with_item(good, position, Mark(b"\x01" * 33))
            cases.append((f"{name} of 33 bytes", "rlp-integer-too-large", node))
        for name, code, node in cases:
            yield f"authorizations: {name}", code, inside("authorization_list", tuples + [node])


def of(name, kind, items):
    """Every fault of a good transaction as rows."""
    for fault, code, node in nodes(kind, plain(items)):
        raw, at = encode(node)
        assert at is not None, fault
        yield row(f"{name}: {fault}", kind + raw, code, at + len(kind))


def row(name, raw, code, offset):
    return {"name": name, "hex": raw.hex(), "code": code, "offset": offset}


def whole(name, kind, items):
    """Faults of the whole."""
    items = plain(items)
    raw = kind + encode(items)[0]
    start = len(kind)
    yield row(f"{name}: a byte after it", raw + b"\x00", "rlp-trailing-data", len(raw))
    yield row(f"{name}: twice", raw + raw, "rlp-trailing-data", len(raw))
    # The outermost list is announced as longer than what is there, wherever the input ends.
    for at in range(len(items) + 1):
        keep = len(head(len(raw) - start, 0xC0)) + sum(len(encode(item)[0]) for item in items[:at])
        if start + keep < len(raw):
            yield row(f"{name}: cut before item {at}", raw[: start + keep], "rlp-truncated", start)
    yield row(f"{name}: cut in the header", raw[: start + 1], "rlp-truncated", start)
    yield row(f"{name}: last byte missing", raw[:-1], "rlp-truncated", start)
    content = raw[start + len(head(len(raw) - start, 0xC0)) :]
    longer = b"\xf9\x00" + bytes([len(content)]) if len(content) < 256 else b"\xfa\x00" + len(content).to_bytes(2, "big")
    yield row(f"{name}: length with zero", kind + longer + content, "rlp-non-minimal-length", start)
    if kind:
        yield row(f"{name}: as in a block", encode(raw)[0], "wrapped-transaction", 0)
        yield row(f"{name}: a string inside", kind + encode(content)[0], "rlp-unexpected-string", start)
        yield row(f"{name}: type alone", kind, "rlp-truncated", 1)
        for byte in [0x00, 0x05, 0x06, 0x64, 0x71, 0x7E, 0x7F]:
            yield row(f"{name}: type {byte:#04x}", bytes([byte]) + raw[1:], "unknown-transaction-type", 0)
    yield row(f"{name}: its digits", b"0x" + raw.hex().encode(), "unknown-transaction-type", 0)
