"""The ten files of testdata/messy.zip, and what a report of them must say."""

from __future__ import annotations

import base64
import codecs
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

from evidence import live, read, thrown
from evidence.shell import hidden, pem
from evidence.terraform import AWS, compact
from kms_server import ACCOUNT, Aws, Failure

REGION = "eu-west-1"
USER = f"arn:aws:iam::{ACCOUNT}:user/hyperlane-validator-base"
ALIAS = "alias/hyperlane-validator-signer-base"
OTHER = "444455556666"
MADE = (2026, 11, 20, 9, 30, 0)  # the time of every entry


def policy() -> str:
    """Not the console's: four statements, one for a partner's account, one that denies."""
    statements = [
        {
            "Sid": "Root",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "Signer",
            "Effect": "Allow",
            "Principal": {"AWS": USER},
            "Action": ["kms:Sign", "kms:GetPublicKey", "kms:DescribeKey", "kms:Verify"],
            "Resource": "*",
        },
        {
            "Sid": "Partner may sign",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
            "Action": "kms:Sign",
            "Resource": "*",
        },
        {
            "Sid": "Nobody deletes",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["kms:ScheduleKeyDeletion", "kms:DisableKey"],
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/break-glass"}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Id": "validator-base", "Statement": statements}, indent=2)


def off_by_one(address: str) -> str:
    """The address in lower case with its 12th digit another: a typing error."""
    digits = address[2:].lower()
    return f"0x{digits[:11]}{'0123456789abcdef'[(int(digits[11], 16) + 7) % 16]}{digits[12:]}"


def utf16(content: bytes) -> bytes:
    return codecs.BOM_UTF16_LE + content.decode().replace("\n", "\r\n").encode("utf-16-le")


def make(aws: Aws, scratch: Path, target: Path, expected: Path) -> None:
    def kms(cli: int, operation: str, *more: str) -> bytes:
        return aws.run(cli, REGION, ["kms", operation, *more])

    (scratch / "policy.json").write_text(policy())
    what = "Hyperlane validator signer for base"
    made = kms(
        2,
        "create-key",
        "--key-spec",
        "ECC_SECG_P256K1",
        "--key-usage",
        "SIGN_VERIFY",
        "--description",
        what,
        "--policy",
        "file://policy.json",
    )
    key = json.loads(made)["KeyMetadata"]["KeyId"]
    kms(2, "create-alias", "--alias-name", ALIAS, "--target-key-id", key)
    kms(2, "tag-resource", "--key-id", key, "--tags", "TagKey=agent,TagValue=validator", "TagKey=chain,TagValue=base")
    kms(
        2,
        "create-grant",
        "--key-id",
        key,
        "--grantee-principal",
        f"arn:aws:iam::{OTHER}:role/rotation",
        "--operations",
        "Sign",
        "GetPublicKey",
    )

    answer = json.loads(kms(2, "get-public-key", "--key-id", key))
    arn, spki = answer["KeyId"], base64.b64decode(answer["PublicKey"])
    evm = read.key_of(spki).evm
    by_key = ("--key-id", key)
    code = f'import boto3, logging; logging.basicConfig(level=20, format="%(asctime)s - %(levelname)s - %(message)s"); logging.info(boto3.client("kms").get_public_key(KeyId="{key}"))'
    modules = live.node_modules()
    environment = aws.environment | {
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_DEFAULT_REGION": REGION,
        "NODE_PATH": str(modules),
        "NODE_NO_WARNINGS": "1",
    }
    log = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environment, cwd=scratch, check=True
    ).stderr
    log = b"".join(line for line in log.splitlines(keepends=True) if b"PublicKey" in line)
    (scratch / "endpoint.js").write_text(f'require("aws-sdk").config.update({{endpoint: "{aws.url}"}});\n')
    script = f'new (require("aws-sdk").KMS)().getPublicKey({{KeyId: "{key}"}}, (error, data) => console.log(JSON.stringify(data, null, 2)))'
    command = ["node", "-r", str(scratch / "endpoint.js"), "-e", script]
    node = subprocess.run(
        command, capture_output=True, env=environment | {"AWS_REGION": REGION}, cwd=scratch, check=True
    ).stdout
    openssl = subprocess.run(
        ["openssl", "ec", "-pubin", "-text", "-noout"], input=pem(spki), capture_output=True, check=True
    ).stdout

    secret = thrown.secret_access_key("messy")
    session = (
        f"ops@bastion:~$ export AWS_ACCESS_KEY_ID={thrown.access_key_id('messy')} AWS_SECRET_ACCESS_KEY={secret}\n"
        f"ops@bastion:~$ aws kms list-aliases --key-id {key} --output text\n{kms(2, 'list-aliases', *by_key, '--output', 'text').decode()}"
        f"ops@bastion:~$ aws kms list-resource-tags --key-id {key}\n{kms(2, 'list-resource-tags', *by_key).decode()}"
        "ops@bastion:~$ exit\n"
    )
    table = kms(1, "describe-key", *by_key, "--output", "table").decode()
    resource = {
        "mode": "managed",
        "type": "aws_kms_key",
        "name": "validator",
        "provider": AWS,
        "instances": [
            {
                "index_key": "base",
                "schema_version": 0,
                "attributes": {
                    "arn": arn,
                    "customer_master_key_spec": "ECC_SECG_P256K1",
                    "description": what,
                    "id": key,
                    "is_enabled": True,
                    "key_id": key,
                    "key_usage": "SIGN_VERIFY",
                    "multi_region": False,
                    "policy": compact(json.loads(policy())),
                    "tags": {"agent": "validator", "chain": "base"},
                },
                "sensitive_attributes": [],
                "private": "bnVsbA==",
            }
        ],
    }
    state = {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 3,
        "lineage": "0d9a4c9e-7f0b-4b52-9a45-b1f6d1a0f0aa",
        "outputs": {},
        "resources": [resource],
        "check_results": None,
    }
    claims = [
        (evm, "validator", "base", arn, "operator's mail of 2026-11-19"),
        (off_by_one(evm), "validator", "base", arn, "announcement draft"),
    ]
    rows = "address,role,chain,key,source\r\n" + "".join(",".join(row) + "\r\n" for row in claims)
    policy_text = kms(1, "get-key-policy", *by_key, "--policy-name", "default", "--output", "text").replace(
        b"\n", b"\r\n"
    )
    files = {
        "KMS export/public key.txt": utf16(kms(2, "get-public-key", *by_key, "--output", "yaml")),
        "KMS export/key details (1).txt": f"$ aws kms describe-key --key-id {key} --output table\n{table}".encode(),
        "KMS export/policy.txt": policy_text,
        "KMS export/grants.yaml": b"# grants as of today\n" + kms(2, "list-grants", *by_key, "--output", "yaml"),
        "session.log": session.encode(),
        "signer/startup.log": log,
        "signer/key.json": node,
        "openssl.txt": openssl,
        "infra/terraform.tfstate": (json.dumps(state, indent=2) + "\n").encode(),
        "Addresses.csv": codecs.BOM_UTF8 + rows.encode(),
    }
    for name, content in files.items():
        if (read.decode(content) or "").count("SecretAccessKey"):
            raise Failure(f"{name} holds a real answer's secret")
    target.write_bytes(zipped(files))
    describe = json.loads(kms(2, "describe-key", *by_key))["KeyMetadata"]
    document = json.loads(policy())
    says = {
        "arn": arn,
        "evm": evm,
        "fingerprint": hashlib.sha256(spki).hexdigest(),
        "description": what,
        "key_spec": describe["KeySpec"],
        "alias": ALIAS,
        "tags": {"agent": "validator", "chain": "base"},
        "policy": hashlib.sha256(read.canonical(document).encode()).hexdigest(),
        "grantee": f"arn:aws:iam::{OTHER}:role/rotation",
        "public_key_in": ["KMS export/public key.txt", "openssl.txt", "signer/key.json", "signer/startup.log"],
        "policy_in": ["KMS export/policy.txt", "infra/terraform.tfstate"],
        "sids": {
            name: read.sids(read.decode(files[name]), document, 0)[0]
            for name in ("KMS export/policy.txt", "infra/terraform.tfstate")
        },
        "secret": {"file": "session.log", "places": hidden(session, secret)},
        "claims": [
            {"address": row[0], "line": line, "verdict": verdict}
            for row, line, verdict in zip(claims, (2, 3), ("match", "mismatch"))
        ],
        "wrong_digit": 12,
        "files": sorted(files),
    }
    expected.write_text(json.dumps(says, indent=1, ensure_ascii=True) + "\n")


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip with fixed times and modes: the same files, the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, MADE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name])
    return out.getvalue()


def check(zip_file: Path, expected: Path) -> int:
    says = json.loads(expected.read_text())
    with zipfile.ZipFile(zip_file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
        times = {entry.date_time for entry in archive.infolist()}

    def hold(that: bool, what: str) -> None:
        if not that:
            raise Failure(f"messy.zip: {what}")

    hold(times == {MADE} and list(files) == says["files"] and len(files) == 10, "other entries")
    keys = {name: read.keys(content) for name, content in files.items()}
    hold(sorted(name for name, found in keys.items() if found) == says["public_key_in"], "keys in other files")
    for name in says["public_key_in"]:
        found = {(key.fingerprint, key.evm) for key, _ in keys[name]}
        hold(found == {(says["fingerprint"], says["evm"])}, f"another key in {name}")
    documents = {name: read.policies(content) for name, content in files.items()}
    hold(sorted(name for name, found in documents.items() if found) == says["policy_in"], "policies in other files")
    for name in says["policy_in"]:
        (document,) = documents[name]
        hold(
            hashlib.sha256(read.canonical(document).encode()).hexdigest() == says["policy"], f"another policy in {name}"
        )
        hold(read.sids(read.decode(files[name]), document, 0)[0] == says["sids"][name], f"Sids elsewhere in {name}")
    for place in says["secret"]["places"]:
        line = read.decode(files[says["secret"]["file"]]).split("\n")[place["line"] - 1]
        hold(len(line) >= place["column"] - 1 + place["length"], "no secret there")
    rows = read.decode(files["Addresses.csv"]).splitlines()
    for claim in says["claims"]:
        hold(rows[claim["line"] - 1].startswith(claim["address"] + ","), "another claim")
        hold((claim["verdict"] == "match") == (claim["address"] == says["evm"]), "a wrong verdict")
    everything = "\n".join(read.decode(content) for content in files.values())
    for text in (says["arn"], says["alias"], says["grantee"], says["description"]):
        hold(text in everything, f"{text} is nowhere")
    wrong = says["claims"][1]["address"]
    differ = [at for at, (a, b) in enumerate(zip(wrong[2:], says["evm"][2:].lower()), 1) if a != b]
    hold(differ == [says["wrong_digit"]], "not one digit off")
    return len(files)
