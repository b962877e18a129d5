"""The public key as OpenSSL, shells and other languages' libraries show it: openssl/, points/, sdk/."""

from __future__ import annotations

import json
import re

from common import secret
from evidence.shell import THROW_AWAY, body_lines, secret_says, shell
from evidence.truth import Truth

OPENSSL = "OpenSSL 3.0"

# File, command, program; the key of key.der or key.pem, alone.
PLAIN = [
    ("openssl/ec-text-noout.txt", "openssl ec -pubin -in key.pem -text -noout", OPENSSL),
    ("openssl/pkey-text-noout.txt", "openssl pkey -pubin -in key.pem -text -noout", OPENSSL),
    ("openssl/ec-pubout.pem", "openssl ec -pubin -inform DER -in key.der -pubout", OPENSSL),
    ("openssl/base64.txt", "openssl base64 -in key.der", OPENSSL),
    ("points/point.bin", "tail -c 65 key.der", "coreutils"),
    ("points/point.hex", "tail -c 65 key.der | xxd -p -c 65", "xxd"),
    ("points/point-wrapped.hex", "tail -c 65 key.der | xxd -p", "xxd"),
    ("points/point-upper.hex", "tail -c 65 key.der | xxd -p -u -c 65", "xxd"),
    ("points/point-0x.hex", "echo 0x$(tail -c 65 key.der | xxd -p -c 65)", "xxd"),
    ("points/point-no-final-newline.hex", "printf %s $(tail -c 65 key.der | xxd -p -c 65)", "xxd"),
    ("points/point.b64", "tail -c 65 key.der | base64 -w 0", "coreutils"),
    ("points/point-wrapped.b64", "tail -c 65 key.der | base64", "coreutils"),
    ("points/point.b64url", "tail -c 65 key.der | basenc --base64url -w 0", "coreutils"),
    ("points/xy.hex", "tail -c 64 key.der | xxd -p -c 64", "xxd"),
    ("points/xy-0x.hex", "echo 0x$(tail -c 64 key.der | xxd -p -c 64)", "xxd"),
    ("points/xy.b64", "tail -c 64 key.der | base64 -w 0", "coreutils"),
    ("points/spki-wrapped.hex", "xxd -p key.der", "xxd"),
    ("points/spki.b64url", "basenc --base64url -w 0 key.der", "coreutils"),
    ("points/spki-no-padding.b64url", "basenc --base64url -w 0 key.der | tr -d =", "coreutils"),
    ("points/pem-body.txt", "grep -v -e ----- key.pem", "grep"),
    ("points/pem-escaped.txt", r"""awk '{printf "%s\\n", $0}' key.pem""", "awk"),
    ("points/spki-colons.hex", "xxd -p -c 88 key.der | sed 's/../&:/g; s/:$//'", "xxd"),
    ("points/spki-python.txt", """python3 -c 'print(open("key.der", "rb").read())'""", "Python 3.11"),
    ("points/point-python.txt", """python3 -c 'print(open("key.der", "rb").read()[-65:])'""", "Python 3.11"),
    ("points/bytearray-python.txt", """python3 -c 'print(bytearray(open("key.der", "rb").read()))'""", "Python 3.11"),
    ("points/point-list.txt", """python3 -c 'print(list(open("key.der", "rb").read()[-65:]))'""", "Python 3.11"),
    (
        "points/point-buffer.json",
        """node -e 'console.log(JSON.stringify(fs.readFileSync("key.der").subarray(23)))'""",
        "Node.js 20",
    ),
    (
        "points/buffer-in-full.txt",
        """node -e 'require("buffer").INSPECT_MAX_BYTES = 200; console.log(fs.readFileSync("key.der"))'""",
        "Node.js 20",
    ),
    (
        "sdk/java-signed.txt",
        "echo 'System.out.println(Arrays.toString(Files.readAllBytes(Path.of(\"key.der\"))))' | jshell -s - 2>&1",
        "Java 17",
    ),
]


def go_println(octets: bytes) -> str:
    return "[" + " ".join(str(b) for b in octets) + "]\n"


def make(truth: Truth) -> list[tuple]:
    out = []
    with shell(truth) as run:
        for file, command, program in PLAIN:
            out.append((file, run(command), command, program, [truth.public_key()]))

        # Text and PEM, so the key stands there twice.
        for file, command in (
            ("openssl/ec-text.txt", "openssl ec -pubin -in key.pem -text"),
            ("openssl/pkey-text.txt", "openssl pkey -pubin -in key.pem -text"),
        ):
            out.append((file, run(command), command, OPENSSL, [truth.public_key(), truth.public_key()]))

        for file, command in (
            ("openssl/p256-ec-text-noout.txt", "openssl ec -pubin -in p256.pem -text -noout"),
            ("openssl/p256-pkey-text-noout.txt", "openssl pkey -pubin -in p256.pem -text -noout"),
        ):
            out.append((file, run(command), command, OPENSSL, [truth.p256()]))

        compressed = {"error": "compressed-point"}
        for file, command, program in (
            (
                "openssl/ec-text-compressed.txt",
                "openssl ec -pubin -in key.pem -conv_form compressed -text -noout",
                OPENSSL,
            ),
            (
                "points/compressed.hex",
                "openssl ec -pubin -in key.pem -conv_form compressed -outform DER | tail -c 33 | xxd -p -c 33",
                OPENSSL,
            ),
            (
                "points/compressed-0x.hex",
                "echo 0x$(openssl ec -pubin -in key.pem -conv_form compressed -outform DER | tail -c 33 | xxd -p -c 33)",
                OPENSSL,
            ),
            (
                "points/compressed.b64",
                "openssl ec -pubin -in key.pem -conv_form compressed -outform DER | tail -c 33 | base64",
                OPENSSL,
            ),
        ):
            out.append((file, run(command), command, program, [truth.public_key(**compressed)]))

        # Structure only: no octets of the key, so nothing can be taken from it.
        command = "openssl asn1parse -in key.pem"
        out.append(
            (
                "openssl/asn1parse.txt",
                run(command),
                command,
                OPENSSL,
                [{"kind": "not-read", "reason": "structure-only"}],
            )
        )
        for file, command, program in (
            ("openssl/asn1parse-dump.txt", "openssl asn1parse -in key.pem -dump", OPENSSL),
            ("points/hexdump.txt", "hexdump -C key.der", "util-linux"),
            ("points/xxd.txt", "xxd key.der", "xxd"),
        ):
            out.append((file, run(command), command, program, [{"kind": "not-read", "reason": "hex-dump"}]))

        digits = secret(THROW_AWAY).hex()
        colons = re.findall("..", digits)
        lines = [":".join(colons[at : at + 15]) for at in range(0, 32, 15)]
        for file, command in (
            ("openssl/ec-private-text-noout.txt", "openssl ec -in private.pem -text -noout"),
            ("openssl/pkey-private-text-noout.txt", "openssl pkey -in private.pem -text -noout"),
        ):
            content = run(command)
            says = [secret_says("private-key", content.decode(), *lines)]
            out.append((file, content, command, OPENSSL, says))
        command = "openssl ec -in private.pem -text"
        content = run(command)
        body = body_lines(content.decode().partition("-----BEGIN")[2])
        says = [
            secret_says("private-key", content.decode(), *lines),
            secret_says("private-key", content.decode(), *body[1:]),
        ]
        out.append(("openssl/ec-private-text.txt", content, command, OPENSSL, says))

    answer = truth.public_key_answer
    full = [truth.public_key(truth.arn, True)]
    go = {key: answer[key] for key in sorted(answer)} | {"ResultMetadata": {}}
    go["EncryptionAlgorithms"] = None
    go = {
        key: go[key] for key in ("CustomerMasterKeySpec", "EncryptionAlgorithms", "KeyAgreementAlgorithms") if key in go
    } | go
    octets = ", ".join(str(b) for b in truth.spki)
    java = (
        f"GetPublicKeyResponse(KeyId={truth.arn}, PublicKey=SdkBytes(bytes=0x{truth.spki.hex()}), "
        "CustomerMasterKeySpec=ECC_SECG_P256K1, KeySpec=ECC_SECG_P256K1, KeyUsage=SIGN_VERIFY, SigningAlgorithms=[ECDSA_SHA_256])\n"
    )
    rust = (
        f'GetPublicKeyOutput {{ key_id: Some("{truth.arn}"), public_key: Some(Blob {{ inner: [{octets}] }}), '
        "customer_master_key_spec: Some(EccSecgP256K1), key_spec: Some(EccSecgP256K1), key_usage: Some(SignVerify), "
        'encryption_algorithms: None, signing_algorithms: Some([EcdsaSha256]), key_agreement_algorithms: None, _request_id: Some("'
        '5b0e5f6a-8a52-4c6f-9d3e-0f1a2b3c4d5e") }\n'
    )
    wrapped = {"status_code": 200, "data": {"KeyMetadata": truth.metadata_answer}}
    policy = {"status_code": 200, "data": {"Policy": truth.policy_text, "PolicyName": "default"}}
    for file, text, command, program, says in (
        (
            "sdk/go-println.txt",
            go_println(truth.spki),
            "fmt.Println(out.PublicKey)",
            "Go SDK shape, by hand",
            [truth.public_key()],
        ),
        (
            "sdk/go-marshal.json",
            json.dumps(go, separators=(",", ":")),
            "json.Marshal(out)",
            "Go SDK shape, by hand",
            full,
        ),
        (
            "sdk/java-to-string.txt",
            java,
            "System.out.println(response)",
            "Java SDK 2 shape, by hand",
            [truth.public_key(truth.arn)],
        ),
        (
            "sdk/rust-debug.txt",
            rust,
            'println!("{output:?}")',
            "Rust SDK shape, by hand",
            [truth.public_key(truth.arn)],
        ),
        (
            "points/rust-slice.txt",
            f"[{octets}]\n",
            'println!("{:?}", spki)',
            "Rust shape, by hand",
            [truth.public_key()],
        ),
        (
            "sdk/wrapped-describe-key.json",
            json.dumps(wrapped, indent=2),
            "(an HTTP wrapper)",
            "by hand",
            [truth.metadata()],
        ),
        (
            "sdk/wrapped-get-key-policy.json",
            json.dumps(policy, indent=2),
            "(an HTTP wrapper)",
            "by hand",
            [truth.policy_says(name="default")],
        ),
    ):
        out.append((file, text.encode(), command, program, says))
    return out
