"""What needs the KMS server: the answers of the AWS CLI, boto3 and the AWS SDKs for JavaScript.

The server's keys, identifiers and times are random: these files are frozen once made.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

from kms_server import ACCOUNT, ROOT, Aws, Failure, note

REGION = "us-east-1"
USER = "hyperlane-validator-ethereum"
ALIAS = "alias/hyperlane-validator-signer-ethereum"
MESSAGE = bytes(range(32))  # what is signed: a digest that nobody needs

# One public key asked for with each output format that the CLI has.
OUTPUTS = {
    2: {"json": "json", "yaml": "yaml", "yaml-stream": "stream.yaml", "text": "txt", "table": "table.txt"},
    1: {"json": "json", "text": "txt", "table": "table.txt"},
}

# Operation, its options (KEY is the key's id), what the answer is of (a kind of testdata/forms/manifest.json).
OPERATIONS = [
    ("get-public-key", "--key-id KEY", "public-key"),
    ("describe-key", "--key-id KEY", "metadata"),
    ("get-key-policy", "--key-id KEY --policy-name default", "policy"),
    ("list-aliases", "--key-id KEY", "aliases"),
    ("list-grants", "--key-id KEY", "grants"),
    ("list-resource-tags", "--key-id KEY", "tags"),
    ("list-keys", "", "keys"),
    ("list-key-policies", "--key-id KEY", "policy-names"),
    (
        "sign",
        "--key-id KEY --message fileb://digest.bin --message-type DIGEST --signing-algorithm ECDSA_SHA_256",
        "signature",
    ),
]

# File, CLI, command, what it says. The other columns of `says`: see kinds.py.
QUERIES = [
    ("public-key.json", 2, "get-public-key --key-id KEY --query PublicKey", "public-key bare"),
    ("public-key.txt", 2, "get-public-key --key-id KEY --query PublicKey --output text", "public-key bare"),
    ("public-key-v1.json", 1, "get-public-key --key-id KEY --query PublicKey", "public-key bare"),
    ("public-key-v1.txt", 1, "get-public-key --key-id KEY --query PublicKey --output text", "public-key bare"),
    ("public-key.yaml", 2, "get-public-key --key-id KEY --query PublicKey --output yaml", "public-key bare"),
    ("public-key-table.txt", 2, "get-public-key --key-id KEY --query PublicKey --output table", "empty"),
    ("policy.json", 2, "get-key-policy --key-id KEY --policy-name default --query Policy", "policy bare"),
    ("policy.txt", 2, "get-key-policy --key-id KEY --policy-name default --query Policy --output text", "policy bare"),
    ("policy-v1.json", 1, "get-key-policy --key-id KEY --policy-name default --query Policy", "policy bare"),
    (
        "policy-v1.txt",
        1,
        "get-key-policy --key-id KEY --policy-name default --query Policy --output text",
        "policy bare",
    ),
    ("policy.yaml", 2, "get-key-policy --key-id KEY --policy-name default --query Policy --output yaml", "policy bare"),
    ("metadata.json", 2, "describe-key --key-id KEY --query KeyMetadata", "metadata"),
    ("metadata.yaml", 2, "describe-key --key-id KEY --query KeyMetadata --output yaml", "metadata"),
    ("metadata.txt", 2, "describe-key --key-id KEY --query KeyMetadata --output text", "metadata"),
    ("metadata-v1.json", 1, "describe-key --key-id KEY --query KeyMetadata", "metadata"),
    ("arn.json", 2, "describe-key --key-id KEY --query KeyMetadata.Arn", "arn"),
    ("arn.txt", 2, "describe-key --key-id KEY --query KeyMetadata.Arn --output text", "arn"),
    ("id-and-key.json", 2, "get-public-key --key-id KEY --query [KeyId,PublicKey]", "public-key"),
    ("id-and-key.txt", 2, "get-public-key --key-id KEY --query [KeyId,PublicKey] --output text", "public-key"),
    ("renamed.json", 2, "get-public-key --key-id KEY --query {id:KeyId,pk:PublicKey}", "public-key"),
    ("renamed.yaml", 2, "get-public-key --key-id KEY --query {id:KeyId,pk:PublicKey} --output yaml", "public-key"),
    ("aliases.json", 2, "list-aliases --query Aliases[]", "aliases all"),
    ("alias-and-target.txt", 2, "list-aliases --query Aliases[*].[AliasName,TargetKeyId] --output text", "aliases all"),
    ("alias-and-target.json", 2, "list-aliases --query Aliases[*].[AliasName,TargetKeyId]", "aliases all"),
    ("key-arns.json", 2, "list-keys --query Keys[].KeyArn", "keys"),
    ("key-arns.txt", 2, "list-keys --query Keys[].KeyArn --output text", "keys"),
    ("grants.json", 2, "list-grants --key-id KEY --query Grants", "grants"),
]

# File, Python, what it says. KMS is boto3's client, as `kms = boto3.client("kms")`.
BOTO3 = [
    ("get-public-key.txt", "print(kms.get_public_key(KeyId=KEY))", "public-key"),
    ("describe-key.txt", "print(kms.describe_key(KeyId=KEY))", "metadata"),
    ("get-key-policy.txt", 'print(kms.get_key_policy(KeyId=KEY, PolicyName="default"))', "policy"),
    ("list-grants.txt", "print(kms.list_grants(KeyId=KEY))", "grants"),
    ("list-aliases.txt", "print(kms.list_aliases(KeyId=KEY))", "aliases"),
    ("get-public-key.json", "print(json.dumps(kms.get_public_key(KeyId=KEY), default=str))", "public-key"),
    ("describe-key.json", "print(json.dumps(kms.describe_key(KeyId=KEY), default=str, indent=2))", "metadata"),
    (
        "get-key-policy.json",
        'print(json.dumps(kms.get_key_policy(KeyId=KEY, PolicyName="default"), default=str))',
        "policy",
    ),
    ("list-grants.json", "print(json.dumps(kms.list_grants(KeyId=KEY), default=str))", "grants"),
    ("get-public-key-pprint.txt", "pprint(kms.get_public_key(KeyId=KEY))", "public-key"),
    ("describe-key-pprint.txt", "pprint(kms.describe_key(KeyId=KEY))", "metadata"),
    ("get-key-policy-pprint.txt", 'pprint(kms.get_key_policy(KeyId=KEY, PolicyName="default"))', "policy"),
    ("bytes.txt", 'print(kms.get_public_key(KeyId=KEY)["PublicKey"])', "public-key bare"),
    ("list.txt", 'print(list(kms.get_public_key(KeyId=KEY)["PublicKey"]))', "public-key bare"),
    ("base64.txt", 'print(base64.b64encode(kms.get_public_key(KeyId=KEY)["PublicKey"]))', "public-key bare"),
    ("hex.txt", 'print(kms.get_public_key(KeyId=KEY)["PublicKey"].hex())', "public-key bare"),
    ("bytes-hex.txt", 'print(kms.get_public_key(KeyId=KEY)["PublicKey"].hex(" "))', "public-key bare"),
]

# File, major version of the SDK, JavaScript, what it says.
NODE = [
    (
        "v2-get-public-key.json",
        2,
        "console.log(JSON.stringify(await kms.getPublicKey({KeyId: KEY}).promise()))",
        "public-key",
    ),
    (
        "v2-get-public-key-indented.json",
        2,
        "console.log(JSON.stringify(await kms.getPublicKey({KeyId: KEY}).promise(), null, 2))",
        "public-key",
    ),
    ("v2-get-public-key.txt", 2, "console.log(await kms.getPublicKey({KeyId: KEY}).promise())", "truncated"),
    (
        "v2-describe-key.json",
        2,
        "console.log(JSON.stringify(await kms.describeKey({KeyId: KEY}).promise(), null, 2))",
        "metadata",
    ),
    ("v2-describe-key.txt", 2, "console.log(await kms.describeKey({KeyId: KEY}).promise())", "metadata"),
    (
        "v2-wrapped.json",
        2,
        "console.log(JSON.stringify({status_code: 200, data: await kms.getPublicKey({KeyId: KEY}).promise()}, null, 2))",
        "public-key",
    ),
    (
        "v2-buffer.json",
        2,
        "console.log(JSON.stringify((await kms.getPublicKey({KeyId: KEY}).promise()).PublicKey))",
        "public-key bare",
    ),
    ("v2-buffer.txt", 2, "console.log((await kms.getPublicKey({KeyId: KEY}).promise()).PublicKey)", "truncated bare"),
    (
        "v2-base64.txt",
        2,
        'console.log((await kms.getPublicKey({KeyId: KEY}).promise()).PublicKey.toString("base64"))',
        "public-key bare",
    ),
    ("v3-get-public-key.json", 3, "console.log(JSON.stringify(await kms.getPublicKey({KeyId: KEY})))", "public-key"),
    (
        "v3-get-public-key-indented.json",
        3,
        "console.log(JSON.stringify(await kms.getPublicKey({KeyId: KEY}), null, 2))",
        "public-key",
    ),
    ("v3-get-public-key.txt", 3, "console.log(await kms.getPublicKey({KeyId: KEY}))", "public-key"),
    (
        "v3-describe-key.json",
        3,
        "console.log(JSON.stringify(await kms.describeKey({KeyId: KEY}), null, 2))",
        "metadata",
    ),
    ("v3-describe-key.txt", 3, "console.log(await kms.describeKey({KeyId: KEY}))", "metadata"),
    (
        "v3-get-key-policy.json",
        3,
        'console.log(JSON.stringify(await kms.getKeyPolicy({KeyId: KEY, PolicyName: "default"}), null, 2))',
        "policy",
    ),
    ("v3-list-grants.json", 3, "console.log(JSON.stringify(await kms.listGrants({KeyId: KEY}), null, 2))", "grants"),
    ("v3-uint8array.txt", 3, "console.log((await kms.getPublicKey({KeyId: KEY})).PublicKey)", "public-key bare"),
    (
        "v3-uint8array.json",
        3,
        "console.log(JSON.stringify((await kms.getPublicKey({KeyId: KEY})).PublicKey))",
        "public-key bare",
    ),
    (
        "v3-array.json",
        3,
        "console.log(JSON.stringify(Array.from((await kms.getPublicKey({KeyId: KEY})).PublicKey)))",
        "public-key bare",
    ),
    ("v3-string.txt", 3, "console.log(String((await kms.getPublicKey({KeyId: KEY})).PublicKey))", "public-key bare"),
]


def jobs() -> list[dict]:
    """Every file of this module: its name, the command as typed (KEY: the key's id), which program, what it says."""
    made = []

    def add(file: str, command: str, program: str, says: str, **options: object) -> None:
        made.append({"file": file, "command": command, "program": program, "says": says, **options})

    for cli, outputs in OUTPUTS.items():
        for operation, options, kind in OPERATIONS:
            for output, suffix in outputs.items():
                command = " ".join(f"aws kms {operation} {options} --output {output}".split())
                add(f"cli/v{cli}-{operation}.{suffix}", command, f"cli{cli}", kind, cli=cli)
    # A terminal that is wide enough makes rows of what are fields one below the other elsewhere.
    for operation, options, kind in OPERATIONS:
        if operation in ("get-public-key", "describe-key", "list-aliases", "list-grants", "sign"):
            command = f"aws kms {operation} {options} --output table --color off"
            add(f"cli/v2-{operation}.wide.txt", command, "cli2", kind, cli=2, columns=400)
    # With the colours that a terminal gets: what `script` or a pipe that says "on" keeps.
    add(
        "cli/v2-describe-key.colour.txt",
        "aws kms describe-key --key-id KEY --output table --color on",
        "cli2",
        "metadata",
        cli=2,
    )
    add(
        "cli/v2-describe-key.zurich.json",
        "aws kms describe-key --key-id KEY",
        "cli2",
        "metadata",
        cli=2,
        zone="Europe/Zurich",
    )
    add("cli/v2-list-aliases-all.json", "aws kms list-aliases", "cli2", "aliases all", cli=2)
    for output in ("table", "text"):
        suffix = OUTPUTS[2][output]
        add(
            f"cli/v2-list-aliases-all.{suffix}", f"aws kms list-aliases --output {output}", "cli2", "aliases all", cli=2
        )
    for operation, kind in (("get-public-key", "public-key p256"), ("describe-key", "metadata p256")):
        for output in ("json", "yaml", "text"):
            suffix = OUTPUTS[2][output]
            add(
                f"cli/v2-p256-{operation}.{suffix}",
                f"aws kms {operation} --key-id P256 --output {output}",
                "cli2",
                kind,
                cli=2,
            )
    for file, cli, command, says in QUERIES:
        words = [shlex.quote(word) for word in command.split()]
        add(f"query/{file}", f"aws kms {' '.join(words)}", f"cli{cli}", says, cli=cli)
    for file, python, says in BOTO3:
        imports = "import boto3"
        if "json." in python:
            imports += ", json"
        if "base64." in python:
            imports += ", base64"
        if "pprint" in python:
            imports += "; from pprint import pprint"
        code = f'{imports}; kms = boto3.client("kms"); ' + python.replace("KEY", '"KEY"')
        add(f"boto3/{file}", f"python3 -c '{code}'", "boto3", says)
    for file, sdk, script, says in NODE:
        start = {
            2: 'const kms = new (require("aws-sdk").KMS)();',
            3: 'const kms = new (require("@aws-sdk/client-kms").KMS)();',
        }[sdk]
        code = f"(async () => {{ {start} {script} }})()".replace("KeyId: KEY", 'KeyId: "KEY"')
        add(f"node/{file}", f"node -e '{code}'", f"node{sdk}", says)
    return made


def policy_text() -> str:
    """The key policy as the console writes it: an administrator, one user, and a second account."""
    user = f"arn:aws:iam::{ACCOUNT}:user/{USER}"
    admin = f"arn:aws:iam::{ACCOUNT}:user/kms-admin"
    users = {"AWS": [user, "arn:aws:iam::444455556666:root"]}
    administration = (
        "Create* Describe* Enable* List* Put* Update* Revoke* Disable* Get* Delete* TagResource UntagResource "
        "ScheduleKeyDeletion CancelKeyDeletion RotateKeyOnDemand"
    )
    statements = [
        ("Enable IAM User Permissions", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*", None),
        ("Allow access for Key Administrators", {"AWS": admin}, [f"kms:{a}" for a in administration.split()], None),
        ("Allow use of the key", users, ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"], None),
        (
            "Allow attachment of persistent resources",
            users,
            ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
            {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]
    document: dict = {"Id": "key-consolepolicy-3", "Version": "2012-10-17", "Statement": []}
    for sid, principal, action, condition in statements:
        statement = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
        if condition:
            statement["Condition"] = condition
        document["Statement"].append(statement)
    return json.dumps(document, indent=4)


def make_keys(aws: Aws, scratch: Path) -> tuple[str, str]:
    """The validator's key, with all that can hang on a key, and a P-256 one; their ids."""
    (scratch / "policy.json").write_text(policy_text())
    (scratch / "digest.bin").write_bytes(MESSAGE)
    (scratch / "constraints.json").write_text(
        json.dumps({"EncryptionContextSubset": {"agent": "validator", "chain": "ethereum"}})
    )
    ids = []
    for spec, what, policy in (
        ("ECC_SECG_P256K1", "Hyperlane validator signer for ethereum", ["--policy", "file://policy.json"]),
        ("ECC_NIST_P256", "Code signing, release 2026", []),
    ):
        made = aws(
            2,
            REGION,
            "kms",
            "create-key",
            "--key-spec",
            spec,
            "--key-usage",
            "SIGN_VERIFY",
            "--description",
            what,
            *policy,
        )
        ids.append(json.loads(made)["KeyMetadata"]["KeyId"])
    key, p256 = ids
    aws(2, REGION, "kms", "create-alias", "--alias-name", ALIAS, "--target-key-id", key)
    aws(2, REGION, "kms", "create-alias", "--alias-name", "alias/release-signing", "--target-key-id", p256)
    aws(
        *(2, REGION, "kms", "tag-resource", "--key-id", key, "--tags"),
        *(
            "TagKey=agent,TagValue=validator",
            "TagKey=chain,TagValue=ethereum",
            "TagKey=owner,TagValue=Operations: on call",
        ),
    )
    grantee = f"arn:aws:iam::{ACCOUNT}:role/validator-rotation"
    aws(
        *(2, REGION, "kms", "create-grant", "--key-id", key, "--name", "rotation"),
        *("--grantee-principal", grantee, "--operations", "DescribeKey", "GetPublicKey"),
        *("--constraints", "file://constraints.json", "--retiring-principal", f"arn:aws:iam::{ACCOUNT}:user/kms-admin"),
    )
    aws(
        *(2, REGION, "kms", "create-grant", "--key-id", key),
        *("--grantee-principal", "arn:aws:iam::444455556666:root", "--operations", "Sign", "GetPublicKey"),
    )
    return key, p256


def node_modules() -> Path:
    """The AWS SDKs for JavaScript, installed by npm from the pinned list."""
    pinned = ROOT / "scripts" / "requirements" / "node"
    target = ROOT / "target" / "venv" / "node"
    want = (pinned / "package-lock.json").read_text()
    stamp = target / ".made-from"
    if not stamp.exists() or stamp.read_text() != want:
        target.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            (target / name).write_text((pinned / name).read_text())
        note("npm ci in target/venv/node")
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=target, stdout=2
        )
        if done.returncode != 0:
            raise Failure("npm could not install scripts/requirements/node")
        stamp.write_text(want)
    return target / "node_modules"


def versions(programs: dict[int, list[str]], modules: Path) -> dict[str, str]:
    """How each program of `jobs` calls itself."""

    def said(*command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def package(name: str) -> str:
        return json.loads((modules / name / "package.json").read_text())["version"]

    import boto3

    node = said("node", "--version")
    return {
        "cli1": "AWS CLI " + said(*programs[1], "--version").split()[0].split("/")[1],
        "cli2": "AWS CLI " + said(*programs[2], "--version").split()[0].split("/")[1],
        "boto3": f"boto3 {boto3.__version__} on Python {sys.version.split()[0]}",
        "node2": f"AWS SDK for JavaScript {package('aws-sdk')} on Node.js {node}",
        "node3": f"AWS SDK for JavaScript {package('@aws-sdk/client-kms')} on Node.js {node}",
    }


def make(out: Path, aws: Aws, scratch: Path) -> list[dict]:
    """Run every job; entries of the manifest, without what they say."""
    modules = node_modules()
    # Version 2 has no setting in the environment for where the server is.
    (scratch / "endpoint.js").write_text(f'require("aws-sdk").config.update({{endpoint: "{aws.url}"}});\n')
    known = versions(aws.programs, modules)
    key, p256 = make_keys(aws, scratch)
    environment = aws.environment | {
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "NODE_PATH": str(modules),
        "NODE_NO_WARNINGS": "1",
        "AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE": "1",
    }
    entries = []
    for job in jobs():
        command = job["command"].replace("KEY", key).replace("P256", p256)
        if "cli" in job:
            zone = {"TZ": job["zone"]} if "zone" in job else {}
            content = aws.run(job["cli"], REGION, shlex.split(command)[1:], zone, job.get("columns"))
        else:
            words = shlex.split(command)
            program = {"python3": [sys.executable], "node": ["node"]}[words[0]]
            if job["program"] == "node2":
                program += ["-r", str(scratch / "endpoint.js")]
            note(command)
            done = subprocess.run([*program, *words[1:]], capture_output=True, cwd=scratch, env=environment)
            if done.returncode != 0:
                raise Failure(f"{command}: {done.stderr.decode(errors='replace')}")
            content = done.stdout
        path = out / job["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if "zone" in job:
            command = f"TZ={job['zone']} {command}"
        entry = {"file": job["file"], "command": command, "program": known[job["program"]]}
        if "columns" in job:
            entry["columns"] = job["columns"]
        entries.append(entry)
    return entries
