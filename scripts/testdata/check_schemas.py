"""Validates kms-audit's JSON against the schemas in docs/ with the jsonschema package.

Usage: check_schemas.py PROGRAM
"""

import json
import pathlib
import subprocess
import sys

import jsonschema

root = pathlib.Path(__file__).resolve().parents[2]
program = sys.argv[1]
check, folder, day = ["challenge", "check"], "testdata/challenge", ["--as-of", "2026-11-21"]
runs = [
    ("report", ["audit", "testdata/example"]),
    ("report", ["audit", "testdata/forms", "--fail-on", "none"]),
    ("report", ["audit", "testdata/example/validator-arbitrum", "--profile", "none", "--require", "standard"]),
    ("address", ["address", "testdata/forms"]),
    ("address", ["address", "testdata/forms/key.pem", "--expect", "0x" + "1" * 40]),
    ("verify", ["verify", "--signature", "0x68a020a209d3d56c46f38cc50a33f704f4a9a10a59377f8dd762ac66910e9b907e865ad05c4035"
                "ab5792787d4a0297a43617ae897930a6fe4d822b8faea52064", "--message", "Hello World"]),
    ("verify", ["verify", "--signature", "0x00", "--message", "Hello World"]),
    ("verify", ["verify", "--signature", "0x68a020a209d3d56c46f38cc50a33f704f4a9a10a59377f8dd762ac66910e9b907e865ad05c4035"
                "ab5792787d4a0297a43617ae897930a6fe4d822b8faea52064", "--message", "Hello Word",
                "--address", "0x2e988A386a799F506693793c6A5AF6B54dfAaBfB"]),
    ("challenge", ["challenge", "show", "testdata/challenge/ministack/challenge.txt"]),
    ("challenge", [*check, f"{folder}/ministack/challenge.txt", f"{folder}/ministack/answer-any-by-v1.json", *day]),
    ("challenge", [*check, f"{folder}/moto/challenge.txt", f"{folder}/moto/answer-any-by-v1.json", *day]),
    ("challenge", [*check, f"{folder}/moto/challenge.txt", "README.md", *day]),
    ("inspect", ["inspect", "--bytes", "testdata/forms"]),
    ("simulate", ["simulate", "--policy", "testdata/example/validator-ethereum/key-policy.json",
                  "--principal", "arn:aws:iam::111122223333:role/x", "--action", "kms:Sign", "--expect", "Allowed"]),
    ("simulate", ["simulate", "--policy", "testdata/example/validator-ethereum/key-policy.json",
                  "--principal", "x", "--action", "kms:Sign"]),
    ("access", ["access", "testdata/example"]),
    ("access", ["access", "testdata/policy/wild", "--action", "sign", "--account", "111122223333"]),
    ("harden", ["harden", "testdata/example/validator-ethereum/key-policy.json"]),
    ("harden", ["harden", "testdata/policy/wild/console-with-administrators.json", "--unsafe", "--evm-only", "--guards"]),
    ("harden", ["harden", "testdata/policy/wild/organisations.json"]),
    ("compare", ["compare", "testdata/policy/wild/console-with-administrators.json",
                 "testdata/policy/wild/deleted-role.json", "--account", "111122223333"]),
    ("compare", ["compare", "testdata/policy/wild/deleted-role.json", "testdata/policy/wild/deleted-role.json"]),
    ("report", ["lint", "testdata/policy/wild"]),
    ("rules", ["rules"]),
]
for name, arguments in runs:
    schema = json.loads((root / f"docs/{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    run = subprocess.run([program, *arguments, "--format", "json"], capture_output=True, cwd=root)
    assert run.returncode in (0, 1, 3, 4), (arguments, run.stderr.decode())
    document = json.loads(run.stdout)
    jsonschema.Draft202012Validator(schema).validate(document)
    # The schema must be able to refuse.
    document["schema_version"] = "one"
    assert not jsonschema.Draft202012Validator(schema).is_valid(document), name
print(f"{len(runs)} documents fit their schemas")
