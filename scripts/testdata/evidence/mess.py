"""What becomes of good output on its way to a reviewer: other encodings, line ends, prompts, logs, quotations: mess/."""

from __future__ import annotations

import codecs
import json
import re

from evidence.truth import Truth

POWERSHELL = "Windows PowerShell 5 redirection, by hand"
HAND = "by hand, from the AWS CLI's output"


def crlf(content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n")


def utf16(content: bytes, big: bool = False) -> bytes:
    """UTF-16 with its mark, and Windows' line ends: what `>` of Windows PowerShell writes."""
    text = crlf(content).decode()
    return (codecs.BOM_UTF16_BE + text.encode("utf-16-be")) if big else (codecs.BOM_UTF16_LE + text.encode("utf-16-le"))


def prefixed(mark: str, content: str) -> str:
    return "".join(mark + line if line.strip() else mark.rstrip() + line for line in content.splitlines(keepends=True))


def make(truth: Truth) -> list[tuple]:
    out: list[tuple] = []
    key_says, meta_says = truth.public_key(truth.arn, True), truth.metadata()
    policy_says = truth.policy_says()
    named_policy = truth.policy_says(name="default")
    says = {
        "get-public-key": key_says,
        "describe-key": meta_says,
        "get-key-policy": policy_says,
        "list-aliases": truth.aliases(False),
        "list-grants": truth.grants(),
    }
    # The command above an answer names the key that the answer itself does not.
    policy_below = truth.policy_says(key=truth.key_id)
    below = says | {"get-key-policy": policy_below}
    options = {"get-key-policy": " --policy-name default"}

    def command(operation: str, output: str = "") -> str:
        return f"aws kms {operation} --key-id {truth.key_id}{options.get(operation, '')}{output}"

    def add(file: str, content: bytes | str, shown: str, program: str, *say: dict) -> None:
        out.append(
            (f"mess/{file}", content.encode() if isinstance(content, str) else content, shown, program, list(say))
        )

    def cli(name: str) -> bytes:
        return truth.bytes(f"cli/v2-{name}")

    # Encodings and line ends.
    for operation in ("get-public-key", "describe-key", "get-key-policy"):
        for suffix, output in (
            ("json", ""),
            ("yaml", " --output yaml"),
            ("txt", " --output text"),
            ("table.txt", " --output table"),
        ):
            content = cli(f"{operation}.{suffix}")
            stem, _, rest = suffix.rpartition(".")
            stem = f"-{stem}" if stem else ""
            shown = command(operation, output)
            add(
                f"crlf-{operation}{stem}.{rest}",
                crlf(content),
                shown,
                "the AWS CLI on Windows, by hand",
                says[operation],
            )
            add(f"utf16le-{operation}{stem}.{rest}", utf16(content), f"{shown} > file", POWERSHELL, says[operation])
        content = cli(f"{operation}.json")
        add(f"bom-{operation}.json", codecs.BOM_UTF8 + content, "saved with Notepad", HAND, says[operation])
        add(f"utf16be-{operation}.json", utf16(content, True), "saved as Unicode big endian", HAND, says[operation])
    add(
        "bom-public-key.txt",
        codecs.BOM_UTF8 + truth.bytes("query/public-key.txt"),
        "saved with Notepad",
        HAND,
        truth.public_key(),
    )
    add(
        "utf16le-public-key.txt",
        utf16(truth.bytes("query/public-key.txt")),
        "… > key.txt",
        POWERSHELL,
        truth.public_key(),
    )

    # Something before and after.
    prompts = {
        "prompt": "$ ",
        "prompt-user": "ops@bastion:~/keys$ ",
        "prompt-root": "[root@bastion ~]# ",
        "prompt-powershell": "PS C:\\Users\\ops> ",
    }
    for name, prompt in prompts.items():
        for operation in ("get-public-key", "get-key-policy"):
            content = f"{prompt}{command(operation)}\n" + cli(f"{operation}.json").decode()
            add(
                f"{name}-{operation}.txt",
                content,
                command(operation),
                "a copy of the terminal, by hand",
                below[operation],
            )
    content = f"$ {command('describe-key', ' --output table')}\n" + cli("describe-key.table.txt").decode() + "$\n"
    add(
        "prompt-table.txt",
        content,
        command("describe-key", " --output table"),
        "a copy of the terminal, by hand",
        meta_says,
    )
    content = f"$ {command('get-key-policy', ' --output text')}\n" + cli("get-key-policy.txt").decode() + "$ exit\n"
    add(
        "prompt-text.txt",
        content,
        command("get-key-policy", " --output text"),
        "a copy of the terminal, by hand",
        policy_below,
    )
    content = f"$ {command('get-public-key', ' --output yaml')}\n" + cli("get-public-key.yaml").decode()
    add(
        "prompt-yaml.txt",
        content,
        command("get-public-key", " --output yaml"),
        "a copy of the terminal, by hand",
        key_says,
    )

    stamp = "2026-11-02 10:11:12,345 - INFO - "
    add(
        "log-line.txt",
        f"{stamp}Asking KMS for the public key\n" + cli("get-public-key.json").decode(),
        "",
        HAND,
        key_says,
    )
    add(
        "log-inline.txt",
        stamp + truth.text("boto3/get-public-key.txt"),
        "logging.info(response)",
        "Python's logging, by hand",
        key_says,
    )
    add(
        "log-inline-json.txt",
        f"{stamp}{json.dumps(truth.public_key_answer)}\n",
        "logging.info(json.dumps(response))",
        HAND,
        key_says,
    )
    content = json.dumps(
        {"timestamp": "2026-11-02T10:11:12.345Z", "level": "INFO", "message": json.dumps(truth.public_key_answer)}
    )
    add("log-structured.json", content + "\n", "a JSON logger, the answer as its message", "by hand", key_says)

    order = ("get-public-key", "describe-key", "get-key-policy", "list-aliases", "list-grants")
    transcript = (
        "".join(f"ops@bastion:~$ {command(op)}\n{cli(f'{op}.json').decode()}" for op in order)
        + "ops@bastion:~$ exit\nlogout\n"
    )
    add("transcript.txt", transcript, "", "a copy of the terminal, by hand", *[below[op] for op in order])
    timed = 'Script started on 2026-11-23 23:20:01+00:00 [TERM="xterm-256color" TTY="/dev/pts/0" COLUMNS="120" LINES="40"]\n'
    content = (
        timed
        + f"\x1b]0;ops@bastion: ~\x07\x1b[01;32mops@bastion\x1b[00m:\x1b[01;34m~\x1b[00m$ {command('get-public-key')}\r\n"
    )
    content += (
        crlf(cli("get-public-key.json")).decode() + "\x1b[01;32mops@bastion\x1b[00m:\x1b[01;34m~\x1b[00m$ exit\r\n"
    )
    add(
        "typescript.txt",
        content + 'exit\n\nScript done on 2026-11-23 23:20:14+00:00 [COMMAND_EXIT_CODE="0"]\n',
        "script",
        "util-linux's script, by hand",
        key_says,
    )

    # Several documents in one file.
    p256_meta = truth.metadata(truth.json("cli/v2-p256-describe-key.json")["KeyMetadata"])
    loop = "for id in $(aws kms list-keys --query 'Keys[].KeyId' --output text); do aws kms describe-key --key-id $id; done"
    both = cli("describe-key.json") + cli("p256-describe-key.json")
    add("loop.json", both, loop, "AWS CLI 2, two answers put together", meta_says, p256_meta)
    lines = "".join(
        json.dumps(truth.json(f"cli/v2-{n}.json"), separators=(",", ":")) + "\n"
        for n in ("describe-key", "p256-describe-key")
    )
    add("loop.jsonl", lines, loop.replace("; done", " | jq -c .; done"), "jq's shape, by hand", meta_says, p256_meta)
    both = cli("get-public-key.json") + cli("p256-get-public-key.json")
    add(
        "loop-public-keys.json",
        both,
        loop.replace("describe-key", "get-public-key"),
        "AWS CLI 2, two answers put together",
        key_says,
        truth.p256(truth.p256_answer["KeyId"], True),
    )
    both = b"---\n" + cli("get-public-key.yaml") + b"---\n" + cli("describe-key.yaml")
    add(
        "documents.yaml",
        both,
        "echo ---; aws … --output yaml",
        "AWS CLI 2, two answers put together",
        key_says,
        meta_says,
    )
    array = [
        truth.public_key_answer,
        {"KeyMetadata": truth.metadata_answer},
        {"Policy": truth.policy_text, "PolicyName": "default"},
    ]
    add(
        "slurped.json",
        json.dumps(array, indent=2) + "\n",
        "jq -s .",
        "jq's shape, by hand",
        key_says,
        meta_says,
        named_policy,
    )
    by_name = {
        "publicKey": truth.public_key_answer,
        "describe": {"KeyMetadata": truth.metadata_answer},
        "policy": {"Policy": truth.policy_text},
    }
    add(
        "collected.json",
        json.dumps(by_name, indent=2) + "\n",
        "a script that puts all answers into one object",
        "by hand",
        key_says,
        meta_says,
        policy_says,
    )
    parsed = {"Policy": truth.policy, "PolicyName": "default"}
    add(
        "policy-as-object.json",
        json.dumps(parsed, indent=2) + "\n",
        "jq '.Policy |= fromjson'",
        "jq's shape, by hand",
        named_policy,
    )
    add(
        "policy-alone.json",
        json.dumps(truth.policy, indent=2) + "\n",
        "jq '.Policy | fromjson'",
        "jq's shape, by hand",
        policy_says,
    )
    add("policy-one-line.json", json.dumps(truth.policy, separators=(",", ":")), "", "by hand", policy_says)

    # Comments and quotations.
    for operation, suffix in (
        ("get-public-key", "yaml"),
        ("get-key-policy", "json"),
        ("describe-key", "yaml"),
        ("get-key-policy", "txt"),
    ):
        content = prefixed("# ", cli(f"{operation}.{suffix}").decode())
        add(f"commented-{operation}.{suffix}", content, "", HAND, says[operation])
    add("commented-key.txt", prefixed("# ", truth.text("openssl/base64.txt")), "", HAND, truth.public_key())
    add(
        "quoted-get-public-key.txt",
        prefixed("> ", cli("get-public-key.json").decode()),
        "a reply in a mail",
        HAND,
        key_says,
    )
    mail = (
        "From: Operations <ops@validators.example>\nTo: review@auditor.example\nSubject: Re: key of our validator\n"
        "Date: Mon, 02 Nov 2026 10:11:12 +0000\n\nHello,\n\nhere is the output, as you asked:\n\n"
        f"```json\n{cli('get-public-key.json').decode()}```\n\nand the key's policy:\n\n```\n{cli('get-key-policy.json').decode()}```\n\n"
        "The address is in our registry already.\n\nRegards\nOperations\n"
    )
    add("mail.md", mail, "", HAND, key_says, policy_says)
    chat = f"Here it is: `{truth.public_key_answer['PublicKey']}`, from us-east-1.\n"
    add("chat.txt", chat, "", "by hand", truth.public_key())
    pem_mail = "Hi,\n\nthe PEM:\n\n" + prefixed("    ", truth.text("openssl/ec-pubout.pem")) + "\nBest\n"
    add("pem-indented.txt", pem_mail, "", HAND, truth.public_key())
    add("pem-quoted.txt", prefixed("> ", truth.text("openssl/ec-pubout.pem")), "", HAND, truth.public_key())
    add(
        "pem-in-json.json",
        json.dumps({"name": "validator-ethereum", "pem": truth.text("openssl/ec-pubout.pem")}, indent=2),
        "",
        "by hand",
        truth.public_key(),
    )
    env = truth.text("openssl/ec-pubout.pem").strip().replace("\n", "\\n")
    add("pem-in-env.txt", f'VALIDATOR_PUBLIC_KEY="{env}"\n', "", "by hand", truth.public_key())

    # Times, names of fields, spellings of JSON.
    seconds = truth.json("cli/v1-describe-key.json")["KeyMetadata"]["CreationDate"]
    spelled = {
        "epoch-exponent": f"{seconds / 1e9!r}E9",
        "epoch": repr(seconds),
        "iso-z": json.dumps(meta_says["creation_date"]),
        "iso-offset": json.dumps(truth.json("cli/v2-describe-key.zurich.json")["KeyMetadata"]["CreationDate"]),
        "iso-space": json.dumps(truth.metadata_answer["CreationDate"].replace("T", " ")),
    }
    for name, text in spelled.items():
        content = cli("describe-key.json").decode()
        content = content.replace(json.dumps(truth.metadata_answer["CreationDate"]), text)
        add(f"date-{name}.json", content, command("describe-key"), "by hand, from the AWS CLI's output", meta_says)
    whole = (
        cli("describe-key.json").decode().replace(json.dumps(truth.metadata_answer["CreationDate"]), str(int(seconds)))
    )
    second = re.sub(r"\.\d+Z$", ".000Z", meta_says["creation_date"])
    add("date-epoch-seconds.json", whole, command("describe-key"), HAND, meta_says | {"creation_date": second})
    for operation in ("get-public-key", "describe-key"):
        content = re.sub(r' +"KeySpec": "ECC_SECG_P256K1",\n', "", cli(f"{operation}.json").decode())
        assert "CustomerMasterKeySpec" in content and '"KeySpec"' not in content
        add(
            f"old-{operation}.json",
            content,
            command(operation),
            "the AWS CLI before KeySpec (2021), by hand",
            says[operation],
        )
        content = re.sub(r"^ *KeySpec: .*\n", "", cli(f"{operation}.yaml").decode(), flags=re.M)
        add(
            f"old-{operation}.yaml",
            content,
            command(operation, " --output yaml"),
            "the AWS CLI before KeySpec (2021), by hand",
            says[operation],
        )
    gson = json.dumps(truth.public_key_answer, indent=2).replace("==", "\\u003d\\u003d")
    add("gson-get-public-key.json", gson, "new Gson().toJson(answer)", "Gson's shape, by hand", key_says)
    escaped = json.dumps({"Policy": truth.policy_text}).replace('\\"', "\\u0022").replace("/", "\\/")
    add("escaped-get-key-policy.json", escaped + "\n", "", "a serialiser that escapes more, by hand", policy_says)
    twice = json.dumps(json.dumps({"Policy": truth.policy_text, "PolicyName": "default"}))
    add("twice-encoded-policy.json", twice + "\n", "", "JSON in a JSON string, by hand", named_policy)
    add("blank-lines.json", b"\n\n  \n" + cli("describe-key.json") + b"\n\n", "", HAND, meta_says)
    add("no-final-newline.json", cli("get-key-policy.json").rstrip(b"\n"), "", HAND, policy_says)
    body = {"KeyId": truth.arn} | truth.public_key_answer
    add(
        "lower-camel.json",
        json.dumps({k[0].lower() + k[1:]: v for k, v in body.items()}, indent=2),
        "",
        "an own web service, by hand",
        key_says,
    )
    return out
