"""Finds what a file says, in whatever form, by brute force: every run of characters that could be a key is tried.

The judge of the fixtures. It knows nothing of the formats: it looks for octets in every encoding that it knows, and for
policy documents wherever a brace opens or a quote.
"""

from __future__ import annotations

import ast
import base64
import binascii
import datetime
import hashlib
import json
import re
from dataclasses import dataclass

import yaml
from Crypto.Hash import keccak
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

CURVES = {"secp256k1": ec.SECP256K1(), "P-256": ec.SECP256R1()}
NAMES = {"secp256k1": "secp256k1", "secp256r1": "P-256"}


def keccak256(data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=data).digest()


def eip55(address: bytes) -> str:
    digits = address.hex()
    mask = keccak256(digits.encode()).hex()
    return "0x" + "".join(d.upper() if int(m, 16) > 7 else d for d, m in zip(digits, mask))


@dataclass(frozen=True)
class Key:
    """A public key that somebody could mean."""

    curve: str
    point: bytes  # 65 octets
    compressed: bool = False

    @property
    def spki(self) -> bytes:
        key = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[self.curve], self.point)
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.spki).hexdigest()

    @property
    def evm(self) -> str | None:
        return eip55(keccak256(self.point[1:])[-20:]) if self.curve == "secp256k1" else None


def key_of(octets: bytes) -> Key | None:
    """The key that these octets are: SubjectPublicKeyInfo, or a point."""
    if octets[:1] == b"\x30":
        try:
            key = load_der_public_key(octets)
        except Exception:  # whatever it is, it is no key
            return None
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in NAMES:
            return None
        return Key(NAMES[key.curve.name], key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    if len(octets) == 64:
        octets = b"\x04" + octets
    if (len(octets), octets[:1]) not in ((65, b"\x04"), (33, b"\x02"), (33, b"\x03")):
        return None
    for curve in CURVES if len(octets) == 65 else ("secp256k1",):
        try:
            key = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[curve], octets)
        except ValueError:
            continue
        return Key(curve, key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint), len(octets) == 33)
    return None


def decode(content: bytes) -> str | None:
    """The text of a file: by its byte order mark, else UTF-8; none if it is binary."""
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(codec)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def place_of(text: str, offset: int) -> dict[str, int]:
    """Line and column, both from 1; columns in characters."""
    return {"line": line_of(text, offset), "column": offset - text.rfind("\n", 0, offset)}


def mask_colours(text: str) -> str:
    """Escape sequences made blank, so that offsets stay."""
    return re.sub("\x1b\\[[0-9;]*m", lambda m: " " * len(m[0]), text)


def b64(text: str) -> bytes | None:
    text = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


# Between the parts of wrapped base64 or hexadecimal: a line's end (real, or escaped in a string), quotation marks.
GAP = re.compile("\x01+|\r?\n[ \t#>|]*|[ :]")


def joined(text: str, alphabet: str) -> list[tuple[int, list[tuple[str, int]]]]:
    """Runs of an alphabet, each with the runs that follow it after nothing but a gap; the offset of the first, the end of each."""
    text = re.sub(r"\\+[nr]", lambda m: "\x01" * len(m[0]), text)
    runs = [(m.start(), m[0]) for m in re.finditer(f"[{alphabet}]+", text)]
    out = []
    for at, (start, run) in enumerate(runs):
        parts, end = [(run, start + len(run))], start + len(run)
        for follows, more in runs[at + 1 : at + 200]:
            if not GAP.fullmatch(text, end, follows) and not re.fullmatch(r":\s*", text[end:follows]):
                break
            end = follows + len(more)
            parts.append((more, end))
        out.append((start, parts))
    return out


def numbers(text: str) -> list[tuple[int, int, bytes]]:
    """Octets written as decimal numbers: lists, {"0": 48, …}, signed ones."""
    out = []
    for m in re.finditer(r"-?\d{1,3}(?:[\s,#>]+-?\d{1,3}){31,}", text):
        values = [int(v) for v in re.findall(r"-?\d+", m[0])]
        if all(-128 <= v <= 255 for v in values):
            out.append((m.start(), m.end(), bytes(v % 256 for v in values)))
    for m in re.finditer(r'"0"\s*:\s*\d{1,3}(?:\s*,\s*"\d+"\s*:\s*\d{1,3})+', text):
        values = [int(v) for v in re.findall(r":\s*(\d+)", m[0])]
        first = m.start() + re.search(r":\s*", m[0]).end()
        out.append((first, m.end(), bytes(v % 256 for v in values)))
    return out


def keys(content: bytes) -> list[tuple[Key, dict]]:
    """Every key in a file and where its text begins; a binary file is one key or none."""
    text = decode(content)
    if text is None or (key_of(content) and not content.isascii()):
        key = key_of(content)
        return [(key, {"line": 1, "column": 1})] if key else []
    text = mask_colours(text)
    found: list[tuple[int, int, Key]] = []

    def consider(at: int, end: int, octets: bytes | None) -> bool:
        """A key from `at` to `end`, unless that is inside another: a point inside its SubjectPublicKeyInfo."""
        key = key_of(octets) if octets else None
        if key and not any(start <= at < stop for start, stop, _ in found):
            found.append((at, end, key))
        return bool(key)

    for at, parts in joined(text, "0-9a-fA-F"):
        if text[max(0, at - 1) : at] == "x" and text[max(0, at - 2) : at - 1].isalnum() and text[at - 2] != "0":
            continue
        whole = ""
        for part, end in parts:
            whole += part
            if len(whole) > 400:
                break
            # openssl's `pub:` and a hexadecimal point both start with the tag; 64 octets only as one run.
            # 33 octets are a key now and then by chance: only where nothing goes before or after.
            if len(whole) == 66 and (
                re.match(r"[ :\n]+[0-9a-f]{2}\b", text[end:])
                or re.search(r"[0-9a-f]{2}[ :\n]\Z", text[max(0, at - 3) : at])
            ):
                continue
            if len(whole) in (66, 130, 176, 182) or (len(parts) == 1 and len(whole) == 128):
                if consider(at, end, bytes.fromhex(whole)):
                    break
    for alphabet in ("A-Za-z0-9+/=", "A-Za-z0-9_=-"):
        for at, parts in joined(text, alphabet):
            whole = ""
            for part, end in parts:
                whole += part
                if len(whole) > 200:
                    break
                bare = whole.rstrip("=")
                if len(bare) in (118, 122, 87, 86, 44) and consider(at, end, b64(whole)):
                    break
    for at, end, octets in numbers(text):
        consider(at, end, octets)
    for source, start in literals(text):
        if source.lstrip("(")[:1] in "bB":
            # The place of a key is that of its first octet: behind the b and the quotation mark.
            consider(start + 2, start + len(source) - 2, ast.literal_eval(source))
        elif "b'" in source or 'b"' in source:
            # A bytes literal inside of a string: json.dumps(..., default=str).
            inner = ast.literal_eval(source)
            for m in re.finditer(r"b'(?:\\.|[^'\\])*'|b\"(?:\\.|[^\"\\])*\"", inner):
                try:
                    consider(start + 1 + m.start() + 2, start + len(source) - 2, ast.literal_eval(m[0]))
                except (SyntaxError, ValueError):
                    pass
    for at, key in jwks(text):
        found.append((at, at + 1, key))
    return [(key, place_of(text, at)) for at, _, key in sorted(found, key=lambda one: one[0])]


def literals(text: str) -> list[tuple[str, int]]:
    """String and bytes literals of Python or JSON; neighbours that Python joins are one, in parentheses."""
    one = r"""[bB]?(?:'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")"""
    out = []
    for m in re.finditer(rf"{one}(?:\s*\n\s*{one})*", text):
        source = f"({m[0]})"
        try:
            ast.literal_eval(source)
        except (SyntaxError, ValueError):
            continue
        out.append((source, m.start()))
    return out


def jwks(text: str) -> list[tuple[int, Key]]:
    out = []
    for at, value in objects(text):
        stack = [value]
        while stack:
            value = stack.pop(0)
            if isinstance(value, list):
                stack += value
            if not isinstance(value, dict):
                continue
            stack += list(value.values())
            curve = {"secp256k1": "secp256k1", "P-256K": "secp256k1", "P-256": "P-256"}.get(value.get("crv"))
            if curve and isinstance(value.get("x"), str):
                point = b"\x04" + b64(value["x"]) + b64(value["y"])
                out.append((text.index(value["x"], at), Key(curve, point)))
    return out


def objects(text: str) -> list[tuple[int, object]]:
    """Each JSON value that begins with a brace or bracket, and is not inside another."""
    decoder = json.JSONDecoder(strict=False)
    out, at = [], 0
    while m := re.compile(r"[{\[]").search(text, at):
        try:
            value, at = decoder.raw_decode(text, m.start())
        except (ValueError, RecursionError):
            at = m.start() + 1
            continue
        out.append((m.start(), value))
    return out


def uncomment(text: str) -> str:
    """Without the marks of comments and quotations at the start of every line."""
    lines = text.splitlines()
    if lines and all(re.match(r"[#>]", line) for line in lines if line.strip()):
        return "\n".join(re.sub(r"^[#>] ?", "", line) for line in lines)
    return text


def is_policy(value: object) -> bool:
    return isinstance(value, dict) and "Statement" in value


def policies(content: bytes) -> list[dict]:
    """Every policy document of a file, in order, whether it stands there as an object or as a string."""
    text = uncomment(decode(content) or "")
    found: list[dict] = []

    def walk(value: object) -> None:
        if is_policy(value):
            found.append(value)
        elif isinstance(value, dict):
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)
        elif isinstance(value, str) and "Statement" in value:
            for _, part in objects(value):
                walk(part)

    for _, value in objects(text):
        walk(value)
    if not found:
        # Strings: a JSON string alone, Python's repr, YAML.
        for source, _ in literals(text):
            value = ast.literal_eval(source)
            if isinstance(value, str) and '"Statement"' in value:
                walk(value)
    if not found and re.search(r"Policy|Statement", text):
        try:
            for value in yaml.load_all(text, Loader=Intrinsics):
                walk(value)
        except yaml.YAMLError:
            pass
    return found


class Intrinsics(yaml.SafeLoader):
    """YAML in which every plain scalar is text, and tags (!Sub, !GetAtt) become one-entry objects."""


def _tagged(loader: yaml.Loader, suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        value: object = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {f"!{suffix}": value}


Intrinsics.yaml_implicit_resolvers = {}
Intrinsics.add_multi_constructor("!", _tagged)


def canonical(document: object) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sids(text: str, document: dict, at: int) -> tuple[list[dict], int]:
    """Each Sid and the line at which its text begins, in order, and where the last one ends.

    A line's end may stand for a space of it (YAML).
    """
    statements = document["Statement"]
    out = []
    for statement in statements if isinstance(statements, list) else [statements]:
        sid = statement.get("Sid")
        if sid is None or not isinstance(sid, str):
            continue
        pattern = r"(?:\s[\s#>]*|\\\s*\\?)+".join(re.escape(word) for word in sid.split(" "))
        m = re.compile(pattern).search(text, at)
        assert m, f"no Sid {sid!r} after {at}"
        out.append({"sid": sid, **place_of(text, m.start())})
        at = m.end()
    return out, at


def times(content: bytes) -> set[str]:
    """Every time in a file, as ISO 8601 in UTC with milliseconds."""
    text = decode(content) or ""
    found = set()

    def add(value: datetime.datetime) -> None:
        if value.tzinfo is None:
            value = value.replace(tzinfo=datetime.timezone.utc)
        utc = value.astimezone(datetime.timezone.utc)
        found.add(utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z")

    for m in re.finditer(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?", text):
        add(datetime.datetime.fromisoformat(m[0].replace("Z", "+00:00").replace(",", ".")))
    for m in re.finditer(r"(?<![\d.])1[6-9]\d{8}(?:\.\d+)?(?![\d.])", text):
        add(datetime.datetime.fromtimestamp(round(float(m[0]) * 1000) / 1000, datetime.timezone.utc))
    for m in re.finditer(r"(?<![\d.])1\.[6-9]\d{2,}[eE]\+?9(?![\d.])", text):
        add(datetime.datetime.fromtimestamp(round(float(m[0]) * 1000) / 1000, datetime.timezone.utc))
    for m in re.finditer(r"datetime\.datetime\(([\d,\s]+)", text):
        add(datetime.datetime(*[int(v) for v in re.findall(r"\d+", m[1])]))
    return found
