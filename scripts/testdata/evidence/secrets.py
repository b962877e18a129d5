"""Secrets that people hand over by mistake: secrets/. All are throw-away ones, made from SHA-256 of fixed texts."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from common import ec_private_der, openssl, secret
from evidence import thrown
from evidence.shell import SECP256K1, body_lines, private_pem, secret_says, shell
from evidence.truth import Truth
from kms_server import Failure, script

USER = "hyperlane-validator-ethereum"
HAND = "by hand"


class StandIn:
    """IAM's and STS's answers to two questions, with throw-away secrets."""

    def __init__(self, answers: dict[str, str]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                action = next(part[7:] for part in body.split("&") if part.startswith("Action="))
                content = answers[action].encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def __enter__(self) -> StandIn:
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()


# A configuration of an agent that signs checkpoints with one key and transactions with another.
AGENT = {"kind": "agent-configuration", "uses": 2}


def answers(key_id: str, key: str, token: str) -> dict[str, str]:
    made = (
        f"<AccessKey><UserName>{USER}</UserName><AccessKeyId>{key_id}</AccessKeyId><Status>Active</Status>"
        f"<SecretAccessKey>{key}</SecretAccessKey><CreateDate>2026-11-02T10:11:12Z</CreateDate></AccessKey>"
    )
    session = (
        f"<Credentials><AccessKeyId>{key_id.replace('AKIA', 'ASIA')}</AccessKeyId><SecretAccessKey>{key}</SecretAccessKey>"
        f"<SessionToken>{token}</SessionToken><Expiration>2026-11-02T22:11:12Z</Expiration></Credentials>"
    )
    return {
        "CreateAccessKey": f"<CreateAccessKeyResponse><CreateAccessKeyResult>{made}</CreateAccessKeyResult></CreateAccessKeyResponse>",
        "GetSessionToken": f"<GetSessionTokenResponse><GetSessionTokenResult>{session}</GetSessionTokenResult></GetSessionTokenResponse>",
    }


def make(truth: Truth) -> list[tuple]:
    out: list[tuple] = []
    key_id, key, token = (
        thrown.access_key_id("handed over"),
        thrown.secret_access_key("handed over"),
        thrown.token("session"),
    )
    hexkey = secret("agent").hex()
    sec1 = openssl("ec", "-inform", "DER", "-outform", "DER", stdin=ec_private_der(secret("agent"), SECP256K1))
    pkcs8 = openssl("pkcs8", "-topk8", "-nocrypt", "-inform", "DER", stdin=sec1).decode()

    def add(file: str, text: str, command: str, program: str, *says: dict) -> None:
        out.append((f"secrets/{file}", text.encode(), command, program, list(says)))

    def aws_secret(text: str) -> dict:
        return secret_says("secret-access-key", text, key)

    with shell(truth) as run, StandIn(answers(key_id, key, token)) as server:
        try:
            (run.folder / "bin").mkdir()
            (run.folder / "bin" / "aws").symlink_to(script("aws-cli-v2"))
            there = True
        except Failure:
            there = False
        run.extra = {
            "PATH": f"{run.folder}/bin:/usr/bin:/bin",
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ACCESS_KEY_ID": "example",
            "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        }

        def cli(file: str, command: str, shown: str) -> None:
            content = run(command) if there else None
            text = (content if content is not None else truth.bytes(f"secrets/{file}")).decode()
            says = [aws_secret(text)]
            if token in text:
                says.append(secret_says("session-token", text, token))
            out.append((f"secrets/{file}", content, shown, "AWS CLI 2", says))

        endpoint = f" --endpoint-url {server.url}"
        for output, suffix in (("json", "json"), ("yaml", "yaml"), ("text", "txt"), ("table", "table.txt")):
            shown = f"aws iam create-access-key --user-name {USER} --output {output}"
            cli(f"create-access-key.{suffix}", shown + endpoint, shown)
        shown = "aws sts get-session-token"
        cli("get-session-token.json", shown + endpoint, shown)
        shown = "aws configure set aws_access_key_id … && aws configure set aws_secret_access_key … && cat ~/.aws/credentials"
        real = f"aws configure set aws_access_key_id {key_id} && aws configure set aws_secret_access_key {key} && cat ~/.aws/credentials"
        cli("credentials", real, shown)

    text = f"\ufeffAccess key ID,Secret access key\r\n{key_id},{key}\r\n"
    add(f"{USER}_accessKeys.csv", text, "", "the console's download, by hand", aws_secret(text[1:]))
    text = f"User name,Password,Access key ID,Secret access key,Console login link\r\n{USER},,{key_id},{key},https://111122223333.signin.aws.amazon.com/console\r\n"
    add("new_user_credentials.csv", text, "", "the console's download (before 2023), by hand", aws_secret(text))
    text = (
        f"HYP_CHAINS=ethereum\nHYP_ORIGINCHAINNAME=ethereum\nAWS_ACCESS_KEY_ID={key_id}\nAWS_SECRET_ACCESS_KEY={key}\n"
        f"HYP_VALIDATOR_KEY=0x{hexkey}\nHYP_DEFAULTSIGNER_KEY={secret('relayer').hex()}\n"
    )
    hidden = secret_says("private-key", text, hexkey, secret("relayer").hex())
    add("validator.env", text, "cat .env", HAND, aws_secret(text), hidden, AGENT)
    text = f'export AWS_ACCESS_KEY_ID="{key_id}"\nexport AWS_SECRET_ACCESS_KEY="{key}"\nexport AWS_SESSION_TOKEN="{token}"\n'
    add("export.sh", text, "", HAND, aws_secret(text), secret_says("session-token", text, token))
    text = (
        "services:\n  validator:\n    image: gcr.io/abacus-labs-dev/hyperlane-agent:agents-v1.4.0\n    environment:\n"
        f"      HYP_VALIDATOR_KEY: '0x{hexkey}'\n      AWS_ACCESS_KEY_ID: {key_id}\n      AWS_SECRET_ACCESS_KEY: {key}\n"
    )
    add("compose.yaml", text, "", HAND, secret_says("private-key", text, hexkey), aws_secret(text))
    config = {"originChainName": "ethereum", "validator": {"type": "hexKey", "key": f"0x{hexkey}"}}
    config["chains"] = {
        "ethereum": {
            "signer": {"type": "aws", "id": "alias/hyperlane-validator-signer-ethereum", "region": "us-east-1"}
        }
    }
    text = json.dumps(config, indent=2) + "\n"
    add(
        "agent-config.json",
        text,
        "",
        "Hyperlane agent configuration, by hand",
        secret_says("private-key", text, hexkey),
        AGENT,
    )
    mixed = {"KeyMetadata": truth.metadata_answer, "backup": {"pem": pkcs8, "sec1": private_pem()}}
    text = json.dumps(mixed, indent=2) + "\n"
    says = [
        truth.metadata(),
        secret_says("private-key", text, *body_lines(pkcs8)),
        secret_says("private-key", text, *body_lines(private_pem())),
    ]
    add("pem-in-json.json", text, "", HAND, *says)
    text = json.dumps({"Policy": truth.policy_text, "note": pkcs8}) + "\n"
    add(
        "pem-beside-policy.json",
        text,
        "",
        HAND,
        truth.policy_says(),
        secret_says("private-key", text, *body_lines(pkcs8)),
    )
    text = f"$ cat validator.pem\n{private_pem()}$ aws kms get-public-key --key-id {truth.key_id}\n{truth.text('cli/v2-get-public-key.json')}"
    says = [secret_says("private-key", text, *body_lines(private_pem())), truth.public_key(truth.arn, True)]
    add("transcript.txt", text, "", HAND, *says)
    text = f"0x{hexkey}\n"
    add("raw-32-octets.hex", text, "", HAND, secret_says("private-key-or-digest", text, hexkey))
    text = (
        f"$ cast wallet new\nSuccessfully created new keypair.\nAddress:     {truth.key.evm}\nPrivate key: 0x{hexkey}\n"
    )
    add(
        "cast-wallet-new.txt",
        text,
        "cast wallet new",
        "Foundry's shape, by hand (the address is another key's)",
        secret_says("private-key", text, hexkey),
    )
    return out
