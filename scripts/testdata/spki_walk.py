"""A second opinion on testdata/spki/broken.json: the convention as a small walker.

The codes and offsets of broken.json are written by hand in spki_vectors.py. This
file states the same convention once more as a program, and spki_vectors.py refuses
to write a case on which the two differ. It shares nothing with kms-audit.

Where an element is cut off by the end of the input, and something else is wrong
inside it before that end, the convention leaves the answer open: Ambiguous.
"""

from common import P, is_on_curve

ID_EC = bytes.fromhex("2a8648ce3d0201")
SECP256K1 = bytes.fromhex("2b8104000a")


class Fault(Exception):
    def __init__(self, code, offset):
        super().__init__(code, offset)
        self.code, self.offset = code, offset


class Ambiguous(Exception):
    pass


class Element:
    def __init__(self, tag, at, body, end, cut):
        self.tag, self.at, self.body, self.end, self.cut = tag, at, body, end, cut


def element(data, at, limit, judge_tag):
    """The header at AT inside a parent that ends at LIMIT; the length is judged
    against the input first, then against the parent."""
    if at >= len(data):
        raise Fault("truncated", at)
    tag = data[at]
    if tag & 0x1F == 0x1F:
        raise Fault("invalid-tag", at)
    judge_tag(tag, at)

    def octet(place):
        if place >= len(data):
            raise Fault("truncated", at)
        if place >= limit:
            raise Fault("element-overrun", at)
        return data[place]

    first = octet(at + 1)
    body = at + 2
    size = first
    if first == 0x80:
        raise Fault("indefinite-length", at)
    if first == 0xFF or first > 0x84:
        raise Fault("invalid-length", at)
    if first > 0x80:
        octets = bytes(octet(at + 2 + i) for i in range(first & 0x7F))
        body += len(octets)
        size = int.from_bytes(octets, "big")
        if octets[0] == 0 or size < 0x80:
            raise Fault("non-minimal-length", at)
    end = body + size
    cut = end > len(data)
    if cut and not tag & 0x20:
        raise Fault("truncated", at)
    if not cut and end > limit:
        raise Fault("element-overrun", at)
    return Element(tag, at, body, end, cut)


def only(*tags):
    def judge(tag, at):
        if tag not in tags:
            raise Fault("unexpected-tag", at)
    return judge


def child(data, at, limit, judge):
    if at == limit:
        raise Fault("missing-element", at)
    return element(data, at, limit, judge)


def inside(parent, steps):
    """Run STEPS over the content of PARENT; they return where the last child ended."""
    try:
        end = steps()
    except Fault as fault:
        if parent.cut and fault.code != "truncated":
            raise Ambiguous(fault.code, fault.offset)
        raise
    if parent.cut:
        raise Fault("truncated", parent.at)
    if end != parent.end:
        raise Fault("trailing-data", end)


def oid_octets(data, e):
    octets = data[e.body:e.end]
    starts = [0] + [i + 1 for i, o in enumerate(octets) if o < 0x80]
    if not octets or octets[-1] >= 0x80 or any(octets[i:i + 1] == b"\x80" for i in starts):
        raise Fault("invalid-oid", e.at)
    return octets


def parameters_tag(tag, at):
    if tag == 0x30:
        raise Fault("specified-curve", at)
    only(0x05, 0x06)(tag, at)


def string_tag(tag, at):
    if tag == 0x23:
        raise Fault("constructed-string", at)
    only(0x03)(tag, at)


def algorithm(data, parent):
    name = child(data, parent.body, parent.end, only(0x06))
    if oid_octets(data, name) != ID_EC:
        raise Fault("wrong-algorithm", name.at)
    if name.end == parent.end:
        raise Fault("missing-parameters", name.end)
    curve = element(data, name.end, parent.end, parameters_tag)
    if curve.tag == 0x05:
        raise Fault("implicit-curve", curve.at)
    if oid_octets(data, curve) != SECP256K1:
        raise Fault("wrong-curve", curve.at)
    return curve.end


def point(data, e):
    octets = data[e.body:e.end]
    at = e.body + 1
    if not octets:
        raise Fault("empty-bit-string", e.at)
    if octets[0]:
        raise Fault("unused-bits", e.at)
    octets = octets[1:]
    if not octets:
        raise Fault("point-missing", e.at)
    first = octets[0]
    if first in (2, 3):
        raise Fault("compressed-point" if len(octets) == 33 else "wrong-point-length", at)
    if first != 4:
        names = {0: "point-at-infinity", 5: "compact-point",
                 6: "hybrid-point", 7: "hybrid-point"}
        raise Fault(names.get(first, "invalid-point-tag"), at)
    if len(octets) != 65:
        raise Fault("wrong-point-length", at)
    x, y = (int.from_bytes(octets[i:i + 32], "big") for i in (1, 33))
    if x >= P:
        raise Fault("coordinate-out-of-range", at + 1)
    if y >= P:
        raise Fault("coordinate-out-of-range", at + 33)
    if not is_on_curve(x, y):
        raise Fault("not-on-curve", at)


def walk(data):
    if not data:
        raise Fault("empty", 0)
    outer = element(data, 0, len(data), only(0x30))

    def children():
        identifier = child(data, outer.body, outer.end, only(0x30))
        inside(identifier, lambda: algorithm(data, identifier))
        key = child(data, identifier.end, outer.end, string_tag)
        point(data, key)
        return key.end

    inside(outer, children)
    if outer.end != len(data):
        raise Fault("trailing-data", outer.end)
