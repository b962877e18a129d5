"""Redacted answers (redacted/) and broken JSON (broken/), made from the frozen answers by hand."""

from __future__ import annotations

import json
import re

from evidence.truth import Truth

HAND = "by hand, from the AWS CLI's output"

# Name, what stands for the account, what for the key's id (none: left as it is).
ACCOUNTS = {
    "x": ("XXXXXXXXXXXX", "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX"),
    "lower-x": ("xxxxxxxxxxxx", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),
    "stars": ("************", "********-****-****-****-************"),
    "brackets": ("[REDACTED]", "[REDACTED]"),
    "angle": ("<account>", "<key-id>"),
    "your": ("YOUR_ACCOUNT_ID", "YOUR_KEY_ID"),
    "pseudo": ("${AWS::AccountId}", "${ValidatorKey}"),
    "template": ("{{ account_id }}", "{{ key_id }}"),
    "ellipsis": ("…", "…"),
    "dots": ("...", "..."),
    "hashes": ("############", "########-####-####-####-############"),
    "nine-digits": ("111122223", None),
    "eleven-digits": ("11112222333", None),
    "thirteen-digits": ("1111222233334", None),
    "partly": ("1111XXXX3333", "c198XXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX"),
}
WHAT = {"nine-digits": "account-length", "eleven-digits": "account-length", "thirteen-digits": "account-length"}


def places(text: str, wanted: str, what: str) -> list[dict]:
    """Every place at which a placeholder stands."""
    out = []
    for m in re.finditer(re.escape(wanted), text):
        line = text.count("\n", 0, m.start()) + 1
        column = m.start() - text.rfind("\n", 0, m.start())
        out.append({"kind": "placeholder", "what": what, "text": wanted, "line": line, "column": column})
    return out


def redacted(truth: Truth) -> list[tuple]:
    out: list[tuple] = []
    account = truth.metadata_answer["AWSAccountId"]
    commands = {
        "describe-key": "aws kms describe-key --key-id …",
        "get-public-key": "aws kms get-public-key --key-id …",
        "get-key-policy": "aws kms get-key-policy --key-id … --policy-name default",
    }
    whole = truth.metadata()
    for name, (for_account, for_id) in ACCOUNTS.items():
        for operation, command in commands.items():
            text = truth.text(f"cli/v2-{operation}.json")
            text = text.replace(account, for_account)
            if for_id:
                text = text.replace(truth.key_id, for_id)
            what = WHAT.get(name, "placeholder")
            says: list[dict] = []
            if operation == "describe-key":
                left_out = {"key", "account"} | ({"key_id"} if for_id else set())
                says.append(
                    {"kind": "metadata", "key": None} | {k: v for k, v in whole.items() if k not in left_out | {"kind"}}
                )
            elif operation == "get-public-key":
                says.append(truth.public_key(None, True))
            else:
                document = json.loads(json.dumps(truth.policy).replace(account, for_account))
                says.append(truth.policy_says(document=document))
            says += places(text, for_account, what)
            if for_id and for_id != for_account:
                says += places(text, for_id, what)
            says.sort(key=lambda one: (one.get("line", 0), one.get("column", 0)))
            out.append((f"redacted/{operation}-{name}.json", text.encode(), command, HAND, says))

    for name, value in (
        ("brackets", "[REDACTED]"),
        ("x", "X" * 120),
        ("cut", "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE..."),
        ("angle", "<public key>"),
    ):
        text = truth.text("cli/v2-get-public-key.json").replace(truth.public_key_answer["PublicKey"], value)
        says = [{"kind": "not-read", "reason": "placeholder", "key": truth.arn}, *places(text, value, "placeholder")]
        out.append((f"redacted/public-key-{name}.json", text.encode(), commands["get-public-key"], HAND, says))
    text = truth.text("cli/v2-describe-key.txt").replace(account, "XXXXXXXXXXXX")
    says = [
        {"kind": "metadata"} | {k: v for k, v in whole.items() if k not in ("key", "account", "kind")} | {"key": None}
    ]
    says += places(text, "XXXXXXXXXXXX", "placeholder")
    out.append(("redacted/describe-key-x.txt", text.encode(), commands["describe-key"] + " --output text", HAND, says))
    text = truth.text("cli/v2-describe-key.yaml").replace(account, "<account>").replace("'<account>'", "<account>")
    says = [says[0], *places(text, "<account>", "placeholder")]
    out.append(
        ("redacted/describe-key-angle.yaml", text.encode(), commands["describe-key"] + " --output yaml", HAND, says)
    )
    return out


def broken(truth: Truth) -> list[tuple]:
    """One fault each. The place is that of the first character that is wrong; `at` is what stands there."""
    meta, key = truth.text("cli/v2-describe-key.json"), truth.text("cli/v2-get-public-key.json")
    policy = json.dumps(truth.policy, indent=2) + "\n"
    date = truth.metadata_answer["CreationDate"]
    out: list[tuple] = []

    def add(file: str, text: str, what: str, offset: int, length: int, is_: str) -> None:
        content = text.encode()
        at = text[offset : offset + length]
        octets = len(text[:offset].encode())
        says = {
            "kind": "fault",
            "what": what,
            "is": is_,
            "offset": octets,
            "line": text.count("\n", 0, offset) + 1,
            "column": offset - text.rfind("\n", 0, offset),
            "at": at,
        }
        out.append((f"broken/{file}.json", content, "", HAND, [says]))

    text = meta.replace('"MultiRegion": false', '"MultiRegion": false,')
    add("trailing-comma-object", text, "trailing-comma", text.index("false,") + 5, 1, "describe-key")
    text = meta.replace('"ECDSA_SHA_256"\n', '"ECDSA_SHA_256",\n')
    add("trailing-comma-array", text, "trailing-comma", text.index('_256",') + 5, 1, "describe-key")
    start = meta.index('        "Description"')
    text = meta[:start] + "        ...\n" + meta[meta.index('        "KeySpec"') :]
    add("left-out-lines", text, "ellipsis", text.index("..."), 3, "describe-key")
    text = text.replace("...", "…")
    add("left-out-lines-one-character", text, "ellipsis", text.index("…"), 1, "describe-key")
    first = policy.index("{", policy.index("Statement"))
    second = policy.index('    {\n      "Sid": "Allow use of the key"')
    text = policy[:first] + "...\n" + policy[second:]
    add("left-out-statements", text, "ellipsis", text.index("..."), 3, "key-policy")
    text = meta.replace('"KeyUsage"', '// the agent only signs\n        "KeyUsage"')
    add("comment-line", text, "comment", text.index("//"), 2, "describe-key")
    text = meta.replace('"Enabled": true,', '"Enabled": true, // of course')
    add("comment-after", text, "comment", text.index("//"), 2, "describe-key")
    text = policy.replace('"Action": "kms:*",', '/* the root\n         may do all */ "Action": "kms:*",')
    add("comment-block", text, "comment", text.index("/*"), 2, "key-policy")
    text = "/* exported on Monday */\n" + key
    add("comment-first", text, "comment", 0, 2, "get-public-key")
    text = meta.replace('        "KeySpec"', '        # the curve\n        "KeySpec"')
    add("comment-hash", text, "comment", text.index("# the"), 1, "describe-key")
    text = meta.replace(json.dumps(date), date)
    add("unquoted-date", text, "unquoted-date", text.index(date), len(date), "describe-key")
    text = policy.replace('"2012-10-17"', "2012-10-17")
    add("unquoted-version", text, "unquoted-date", text.index("2012-10-17"), 10, "key-policy")
    text = meta.replace('"', "'")
    add("single-quotes", text, "single-quotes", text.index("'"), 1, "describe-key")
    text = key.replace('"KeySpec": "ECC_SECG_P256K1"', "\"KeySpec\": 'ECC_SECG_P256K1'")
    add("single-quotes-one-value", text, "single-quotes", text.index("'"), 1, "get-public-key")
    text = re.sub(r'"([^"]*)"', "“\\1”", key)
    add("smart-quotes", text, "smart-quotes", text.index("“"), 1, "get-public-key")
    text = policy.replace('"Allow use of the key"', "“Allow use of the key”")
    add("smart-quotes-one-value", text, "smart-quotes", text.index("“"), 1, "key-policy")
    text = meta.replace('"Enabled": true,', '"Enabled": true')
    add("missing-comma", text, "missing-comma", text.index('"Description"'), 13, "describe-key")
    text = policy.replace("    },\n    {", "    }\n    {", 1)
    add("missing-comma-array", text, "missing-comma", re.search(r"\}\n    \{", text).end() - 1, 1, "key-policy")
    text = meta[: meta.index("ECC_SECG") + 8]
    add("cut-in-string", text, "cut-off", len(text), 0, "describe-key")
    text = meta[: meta.index('"SigningAlgorithms"')]
    add("cut-between", text, "cut-off", len(text), 0, "describe-key")
    text = policy[: policy.index('"Allow use of the key"')] + "\n"
    add("cut-policy", text, "cut-off", len(text), 0, "key-policy")
    text = key.replace('"KeySpec"', "KeySpec")
    add(
        "unquoted-name",
        text,
        "unquoted-name",
        text.index("KeySpec:") if "KeySpec:" in text else text.index(" KeySpec") + 1,
        7,
        "get-public-key",
    )
    text = meta.replace('"Enabled": true', '"Enabled": True')
    add("python-true", text, "python-literal", text.index("True"), 4, "describe-key")
    text = meta.rstrip() + "\n}\n"
    add("extra-brace", text, "surplus", len(text) - 2, 1, "describe-key")
    text = key.replace('"KeySpec":', '"KeySpec" =')
    add("equals-sign", text, "missing-colon", text.index(" = ") + 1, 1, "get-public-key")
    text = policy.replace('"Allow use of the key"', '"Allow use\nof the key"')
    add("line-end-in-string", text, "control-character", text.index("use\nof") + 3, 1, "key-policy")
    text = policy.replace("arn:aws:iam", "arn\\:aws\\:iam", 1)
    add("bad-escape", text, "bad-escape", text.index("\\:"), 2, "key-policy")
    return out


def make(truth: Truth) -> list[tuple]:
    return redacted(truth) + broken(truth)
