"""What the frozen answers say, read by Python: what every other form of them has to say too."""

from __future__ import annotations

import base64
import json
from functools import cached_property
from pathlib import Path

from evidence import read
from kms_server import ACCOUNT

METADATA = {
    "account": "AWSAccountId",
    "key_id": "KeyId",
    "key_spec": "KeySpec",
    "key_usage": "KeyUsage",
    "key_state": "KeyState",
    "key_manager": "KeyManager",
    "origin": "Origin",
    "description": "Description",
}


def iso(text: str) -> str:
    """A time as the AWS CLI v2 prints it, in UTC with milliseconds."""
    (time,) = read.times(text.encode())
    return time


class Truth:
    """The key and what hangs on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def bytes(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def text(self, name: str) -> str:
        return self.bytes(name).decode()

    def json(self, name: str) -> dict:
        return json.loads(self.text(name))

    @cached_property
    def public_key_answer(self) -> dict:
        return self.json("cli/v2-get-public-key.json")

    @cached_property
    def metadata_answer(self) -> dict:
        return self.json("cli/v2-describe-key.json")["KeyMetadata"]

    @cached_property
    def arn(self) -> str:
        return self.public_key_answer["KeyId"]

    @cached_property
    def key_id(self) -> str:
        return self.metadata_answer["KeyId"]

    @cached_property
    def spki(self) -> bytes:
        return base64.b64decode(self.public_key_answer["PublicKey"], validate=True)

    @cached_property
    def key(self) -> read.Key:
        key = read.key_of(self.spki)
        assert key and key.curve == "secp256k1" and len(self.spki) == 88
        return key

    @cached_property
    def p256_answer(self) -> dict:
        return self.json("cli/v2-p256-get-public-key.json")

    @cached_property
    def p256_spki(self) -> bytes:
        return base64.b64decode(self.p256_answer["PublicKey"], validate=True)

    @cached_property
    def policy_text(self) -> str:
        return self.json("cli/v2-get-key-policy.json")["Policy"]

    @cached_property
    def policy(self) -> dict:
        return json.loads(self.policy_text)

    # What a file says, as entries of the manifest; `lines` and the like are added when the file is read.

    def public_key(self, key: str | None = None, spec: bool = False, **more: object) -> dict:
        says = {
            "kind": "public-key",
            "curve": self.key.curve,
            "fingerprint": self.key.fingerprint,
            "evm": self.key.evm,
            "key": key,
        }
        if spec:
            says |= {"key_spec": "ECC_SECG_P256K1", "key_usage": "SIGN_VERIFY"}
        return says | more

    def p256(self, key: str | None = None, spec: bool = False) -> dict:
        found = read.key_of(self.p256_spki)
        says = {
            "kind": "public-key",
            "curve": found.curve,
            "fingerprint": found.fingerprint,
            "evm": None,
            "error": "wrong-curve",
            "key": key,
        }
        if spec:
            says |= {"key_spec": "ECC_NIST_P256", "key_usage": "SIGN_VERIFY"}
        return says

    def metadata(self, answer: dict | None = None) -> dict:
        answer = answer or self.metadata_answer
        says = {"kind": "metadata", "key": answer["Arn"]}
        says |= {name: answer[field] for name, field in METADATA.items()}
        says["multi_region"] = answer["MultiRegion"]
        says["creation_date"] = iso(answer["CreationDate"])
        return says

    def policy_says(self, key: str | None = None, name: str | None = None, document: dict | None = None) -> dict:
        return {"kind": "policy", "key": key, "policy_name": name, "document": document or self.policy}

    def aliases(self, every: bool, arns: bool = True) -> dict:
        answer = self.json("cli/v2-list-aliases-all.json" if every else "cli/v2-list-aliases.json")
        return {
            "kind": "aliases",
            "aliases": [
                {"name": a["AliasName"], "arn": a["AliasArn"] if arns else None, "target": a.get("TargetKeyId")}
                for a in answer["Aliases"]
            ],
        }

    def grants(self) -> dict:
        return {
            "kind": "grants",
            "grants": [
                {
                    "id": g["GrantId"],
                    "name": g["Name"] or None,
                    "key": g["KeyId"],
                    "grantee": g["GranteePrincipal"],
                    "retiring": g.get("RetiringPrincipal"),
                    "issuing_account": g["IssuingAccount"],
                    "operations": g["Operations"],
                    "constraints": g.get("Constraints"),
                    "creation_date": iso(g["CreationDate"]),
                }
                for g in self.json("cli/v2-list-grants.json")["Grants"]
            ],
        }

    def tags(self) -> dict:
        answer = self.json("cli/v2-list-resource-tags.json")
        return {"kind": "tags", "tags": [[t["TagKey"], t["TagValue"]] for t in answer["Tags"]]}

    def keys(self, ids: bool = True) -> dict:
        answer = self.json("cli/v2-list-keys.json")
        return {"kind": "keys", "keys": [k["KeyArn"] for k in answer["Keys"]]}

    def live(self, file: str, says: str) -> list[dict]:
        """What a frozen answer says, by the word that `live.jobs` has for it."""
        kind, _, how = says.partition(" ")
        if kind == "public-key":
            if how == "p256":
                return [self.p256(self.p256_answer["KeyId"], True)]
            named = how != "bare"
            short = file.startswith(("query/id-and-key", "query/renamed"))
            return [self.public_key(self.arn if named else None, named and not short)]
        if kind == "metadata":
            answer = self.json("cli/v2-p256-describe-key.json")["KeyMetadata"] if how == "p256" else None
            return [self.metadata(answer)]
        if kind == "policy":
            # The AWS CLI v2 of Debian is older than the field PolicyName.
            named = '"PolicyName"' in self.text(file) or file in (
                "cli/v1-get-key-policy.txt",
                "cli/v1-get-key-policy.table.txt",
            )
            named = named or "'PolicyName'" in self.text(file)
            return [self.policy_says(None, "default" if named else None)]
        if kind == "aliases":
            return [self.aliases(how == "all", "alias-and-target" not in file)]
        if kind == "arn":
            return [{"kind": "keys", "keys": [self.arn]}]
        if kind == "policy-names":
            return [{"kind": "policy-names", "names": ["default"]}]
        if kind == "signature":
            return [{"kind": "signature", "key": self.arn, "algorithm": "ECDSA_SHA_256"}]
        if kind == "truncated":
            return [{"kind": "not-read", "reason": "truncated", "key": None if how == "bare" else self.arn}]
        if kind == "empty":
            return [{"kind": "not-read", "reason": "empty-table"}]
        return [{"grants": self.grants, "tags": self.tags, "keys": self.keys}[kind]()]


assert ACCOUNT == "111122223333"
