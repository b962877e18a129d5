"""Judges what kms-audit says of an evidence folder made by scripts/make-example, with independent libraries.

Usage: check_example.py PROGRAM FOLDER
"""

import base64
import csv
import json
import pathlib
import subprocess
import sys

from Crypto.Hash import keccak
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])


def address(spki):
    """EIP-55 address of a secp256k1 key; nothing for a key on another curve."""
    key = load_der_public_key(spki)
    if key.curve.name != "secp256k1":
        return None
    numbers = key.public_numbers()
    point = numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    digits = keccak.new(digest_bits=256, data=point).digest()[-20:].hex()
    mask = keccak.new(digest_bits=256, data=digits.encode()).hexdigest()
    return "0x" + "".join(c.upper() if int(m, 16) > 7 else c for c, m in zip(digits, mask))


run = subprocess.run([program, "audit", str(folder), "--format", "json", "--as-of", "2099-01-01"], capture_output=True)
assert run.returncode == 1, (run.returncode, run.stderr.decode())
report = json.loads(run.stdout)

truth = {}
for path in sorted(folder.glob("*/public-key.json")):
    export = json.loads(path.read_text())
    truth[export["KeyId"]] = address(base64.b64decode(export["PublicKey"]))
assert len(truth) == 4, truth

said = {key["arn"]: key["addresses"].get("evm") for key in report["keys"]}
assert said == truth, (said, truth)

rows = list(csv.DictReader((folder / "claims.csv").open()))
for row in rows:
    holders = [key for key in report["keys"] if any(claim["address"] == row["address"] for claim in key["claims"])]
    verdicts = {claim["verdict"] for key in holders for claim in key["claims"] if claim["address"] == row["address"]}
    named = [arn for arn in truth if row["key"] and row["key"] in (arn, arn.rsplit("/", 1)[1])]
    if named:
        own = next(key for key in holders if key["arn"] == named[0])
        wanted = "match" if truth[named[0]] == row["address"] else "mismatch"
        assert [claim["verdict"] for claim in own["claims"]] == [wanted], (row, own["claims"])
    else:
        assert verdicts == {"match"}, (row, verdicts)

fired = sorted((finding["severity"], finding["rule"]) for finding in report["findings"])
every = [("info", rule) for rule in ("broad-account-delegation", "message-type-not-pinned", "no-network-guard")]
every += [("low", rule) for rule in ("policy-lockout-bypass-allowed", "schedule-deletion-unguarded", "user-principal-signer")]
assert fired == sorted([
    ("critical", "claim-belongs-to-another-key"),
    ("high", "wrong-key-spec"),
    ("info", "removable-describe-key"),
    ("info", "removable-verify"),
    ("info", "shared-account-admins"),
    ("low", "removable-grant-statement"),
    # Of each of the four keys.
    *every * 4,
]), fired
places = {finding["rule"]: finding["location"] for finding in report["findings"]}
inner = places["removable-grant-statement"]["inner"]
policy = json.loads((folder / "validator-arbitrum/key-policy.json").read_text())["Policy"]
line = policy.splitlines()[inner["line"]]
assert "persistent resources" in line, (inner, line)
print(f"{folder}: {len(truth)} addresses, {len(rows)} claims and {len(fired)} findings are as an independent judge says")
