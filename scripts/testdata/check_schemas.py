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
    ("challenge", ["challenge", "show", "testdata/challenge/ministack/challenge.txt"]),
    ("challenge", [*check, f"{folder}/ministack/challenge.txt", f"{folder}/ministack/answer-any-by-v1.json", *day]),
    ("challenge", [*check, f"{folder}/moto/challenge.txt", f"{folder}/moto/answer-any-by-v1.json", *day]),
    ("challenge", [*check, f"{folder}/moto/challenge.txt", "README.md", *day]),
    ("inspect", ["inspect", "--bytes", "testdata/forms"]),
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
