"""testdata/forms/manifest.json: what each file says. Written, and held against the files, by the same independent judge."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import re
import shutil
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key

from evidence import live, read
from evidence.truth import Truth
from kms_server import Failure, note

LIVE = ("cli", "query", "boto3", "node")
# Modules of this package, each with a `make(truth)` that gives (file, content, command, program, says) tuples.
DERIVED: tuple[str, ...] = ("keys", "clouds", "mess", "terraform", "cloudformation", "faults", "refused", "secrets")
# Kinds of which a file holds nothing but what the manifest says: found by brute force, compared in full.
NO_TEXT = ("kind", "fingerprint", "evm", "curve", "error", "multi_region", "creation_date", "document", "reason", "advice", "planned", "implied", "not_taken", "what")


def judge(truth: Truth, file: str, content: bytes, says: list[dict]) -> list[dict]:
    """What the file says with the places filled in; fails if the file says something else."""
    try:
        return _judge(truth, content, [dict(one) for one in says])
    except (AssertionError, InvalidSignature, ValueError, KeyError, IndexError) as problem:
        raise Failure(f"{file}: {type(problem).__name__} {problem}") from problem


def _judge(truth: Truth, content: bytes, says: list[dict]) -> list[dict]:
    text = read.mask_colours(read.decode(content) or "")
    kinds = {one["kind"] for one in says}

    keys = [one for one in says if one["kind"] == "public-key"]
    if not kinds & {"secret", "fault", "placeholder"} or keys:
        found = read.keys(content)
        assert len(found) == len(keys), f"{len(keys)} keys expected, {len(found)} found"
        for one, (key, place) in zip(keys, found):
            assert (one["curve"], one["fingerprint"], one["evm"]) == (key.curve, key.fingerprint, key.evm), key
            assert ("error" in one) == (key.compressed or key.curve != "secp256k1"), one
            one |= place

    policies = [one for one in says if one["kind"] == "policy"]
    if policies or not kinds & {"fault", "placeholder", "not-read"}:
        found_documents = read.policies(content)
        assert len(found_documents) == len(policies), f"{len(policies)} policies expected, {len(found_documents)} found"
        at = 0
        for one, document in zip(policies, found_documents):
            expected = one.pop("document", None)
            # With values that the file does not have, there is no document to compare; `unknown` says which they are.
            assert (expected is None) == ("unknown" in one), one
            if expected is not None:
                assert read.canonical(document) == read.canonical(expected), "another policy"
                one["sha256"] = hashlib.sha256(read.canonical(document).encode()).hexdigest()
            one["sids"], at = read.sids(text, document, at)

    times = read.times(content)
    for one in says:
        for value in strings(one):
            assert value in text or json.dumps(value)[1:-1] in text, f"{value!r} is not in the file"
        for time in dates(one):
            assert time in times, f"{time} is not in the file: {sorted(times)}"
        if one["kind"] == "signature":
            one["signature"] = signature(truth, text)
        if one["kind"] == "secret":
            for place in one["places"]:
                line = text.split("\n")[place["line"] - 1]
                assert len(line) >= place["column"] - 1 + place["length"], place
        if one["kind"] == "fault":
            fault(content, one)
        for place in (one, *one.get("unknown", [])):
            if "text" in place:
                assert text.split("\n")[place["line"] - 1][place["column"] - 1 :].startswith(place["text"]), place
    return says


def strings(one: dict) -> list[str]:
    """Every text that the file has to have, letter for letter."""
    out: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, str):
            out.append(value)
        elif isinstance(value, list):
            for part in value:
                walk(part)
        elif isinstance(value, dict):
            for key, part in value.items():
                if key not in ("creation_date", "constraints", "sids"):
                    walk(part)

    if one["kind"] in ("secret", "fault", "placeholder"):
        return []
    walk({key: value for key, value in one.items() if key not in (*NO_TEXT, "sha256", "line", "column", "as_text")})
    return out


def dates(one: dict) -> list[str]:
    return [part["creation_date"] for part in (one, *one.get("grants", [])) if "creation_date" in part]


def signature(truth: Truth, text: str) -> str:
    """The one signature of the file, which has to be one of the key over the digest that was signed."""
    (der,) = {
        d for run in re.findall(r"ME[A-Za-z0-9+/]{90,96}={0,2}", text) if (d := base64.b64decode(run))[:1] == b"\x30"
    }
    load_der_public_key(truth.spki).verify(der, live.MESSAGE, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    return der.hex()


def fault(content: bytes, one: dict) -> None:
    """The offset, line and column of a fault are one place, and the octets that are said to stand there do."""
    before = content[: one["offset"]]
    assert one["line"] == before.count(b"\n") + 1, one
    assert one["column"] == len(before.rsplit(b"\n", 1)[-1].decode()) + 1, one
    assert content[one["offset"] :].startswith(one["at"].encode()), one
    try:
        json.loads(content)
    except ValueError:
        return
    raise AssertionError("this is good JSON")


def derived(truth: Truth) -> list[tuple[str, bytes, str, str, list[dict]]]:
    out = []
    for name in DERIVED:
        out += importlib.import_module(f"evidence.{name}").make(truth)
    return out


def build(forms: Path, entries: list[dict], target: Path) -> list[dict]:
    """The manifest; the derived files are written below `target`."""
    truth = Truth(forms)
    kept = {path.relative_to(forms).as_posix(): path.read_bytes() for path in forms.rglob("*") if path.is_file()}
    words = {job["file"]: job["says"] for job in live.jobs()}
    manifest = []
    for entry in entries:
        says = truth.live(entry["file"], words[entry["file"]])
        manifest.append(entry | {"says": judge(truth, entry["file"], truth.bytes(entry["file"]), says)})
    for file, content, command, program, says in derived(truth):
        if content is None:
            note(f"{file}: its program is not installed here; left as it is")
            content = kept[file]
        path = target / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        manifest.append(
            {"file": file, "command": command, "program": program, "says": judge(truth, file, content, says)}
        )
    names = [entry["file"] for entry in manifest]
    assert len(names) == len(set(names)), "a file twice"
    return sorted(manifest, key=lambda entry: entry["file"])


def rendered(manifest: list[dict]) -> str:
    return json.dumps(manifest, indent=1, ensure_ascii=True) + "\n"


def frozen(forms: Path) -> list[dict]:
    """The entries of the frozen answers, as the last run against a server left them."""
    kept = json.loads((forms / "manifest.json").read_text())
    return [
        {key: value for key, value in entry.items() if key != "says"}
        for entry in kept
        if entry["file"].split("/")[0] in LIVE
    ]


def freeze(made: Path, entries: list[dict], forms: Path) -> None:
    """Put new answers in the place of the old ones."""
    for name in LIVE:
        shutil.rmtree(forms / name, ignore_errors=True)
        shutil.copytree(made / name, forms / name)
    (forms / "manifest.json").write_text(rendered([entry | {"says": []} for entry in entries]))


def folders(manifest: list[dict]) -> set[str]:
    return {entry["file"].split("/")[0] for entry in manifest}


def write(forms: Path) -> int:
    entries = frozen(forms)
    before = [entry["file"] for entry in json.loads((forms / "manifest.json").read_text())]
    manifest = build(forms, entries, forms)
    for file in set(before) - {entry["file"] for entry in manifest}:
        (forms / file).unlink(missing_ok=True)
    (forms / "manifest.json").write_text(rendered(manifest))
    return len(manifest)


def check(forms: Path, scratch: Path) -> int:
    manifest = build(forms, frozen(forms), scratch)
    if rendered(manifest) != (forms / "manifest.json").read_text():
        raise Failure("manifest.json is not what this makes")
    for entry in manifest:
        again = scratch / entry["file"]
        if again.exists() and again.read_bytes() != (forms / entry["file"]).read_bytes():
            raise Failure(f"{entry['file']} is not what this makes")
    listed = {entry["file"] for entry in manifest}
    for folder in folders(manifest):
        for path in (forms / folder).rglob("*"):
            name = path.relative_to(forms).as_posix()
            if path.is_file() and name not in listed:
                raise Failure(f"{name} is not in manifest.json")
    return len(manifest)
