"""JSON Web Keys (Node.js, Azure Key Vault's shape) and Google's `gcloud` against a stand-in on loopback: jwk/, gcloud/."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from common import secret
from evidence.shell import THROW_AWAY, pem, secret_says, shell
from evidence.truth import Truth

EXPORT = """node -e 'console.log(JSON.stringify(crypto.createPublicKey(fs.readFileSync("FILE")).export({format: "jwk"}), null, 2))'"""
PRIVATE = """node -e 'console.log(JSON.stringify(crypto.createPrivateKey(fs.readFileSync("private.pem")).export({format: "jwk"})))'"""
VERSION = "projects/validators/locations/global/keyRings/hyperlane/cryptoKeys/validator-ethereum/cryptoKeyVersions/1"
GCLOUD = "gcloud kms keys versions get-public-key 1 --key validator-ethereum --keyring hyperlane --location global --project validators"


def url64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def jwk(point: bytes, curve: str, **more: object) -> dict:
    return {"kty": "EC", "crv": curve, "x": url64(point[1:33]), "y": url64(point[33:]), **more}


def azure(point: bytes, curve: str) -> dict:
    """What `az keyvault key show` prints: every field of the SDK's JSON Web Key, octets in base64 with padding."""
    names = "crv d dp dq e k keyOps kid kty n p q qi t x y".split()
    key: dict = {name: None for name in names}
    key |= {
        "crv": curve,
        "keyOps": ["sign", "verify"],
        "kid": "https://validators.vault.azure.net/keys/validator-ethereum/4f6f1d1d5c3e4b0a9a7c2e8d1b3a5f60",
        "kty": "EC-HSM",
        "x": base64.b64encode(point[1:33]).decode(),
        "y": base64.b64encode(point[33:]).decode(),
    }
    attributes = {
        "created": "2026-11-02T10:11:12+00:00",
        "enabled": True,
        "expires": None,
        "exportable": False,
        "hsmPlatform": "2",
        "notBefore": None,
        "recoverableDays": 90,
        "recoveryLevel": "Recoverable+Purgeable",
        "updated": "2026-11-02T10:11:12+00:00",
    }
    return {"attributes": attributes, "key": key, "managed": None, "releasePolicy": None, "tags": {}}


def google(truth: Truth) -> dict:
    """The answer of Google's GetPublicKey, as its REST reference has it."""
    return {
        "pem": pem(truth.spki).decode(),
        "algorithm": "EC_SIGN_SECP256K1_SHA256",
        "pemCrc32c": str(crc32c(pem(truth.spki))),
        "name": VERSION,
        "protectionLevel": "HSM",
    }


def crc32c(octets: bytes) -> int:
    """Castagnoli's CRC, which gcloud verifies."""
    crc = 0xFFFFFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class StandIn:
    """Google's service, as far as one answer; `environment` sends gcloud there, without any credentials."""

    def __init__(self, answer: dict) -> None:
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                content = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.environment = {
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS": f"http://127.0.0.1:{self.http.server_address[1]}/",
            "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "1",
            "CLOUDSDK_CORE_CHECK_GCE_METADATA": "0",
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
        }

    def __enter__(self) -> StandIn:
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()


def make(truth: Truth) -> list[tuple]:
    out = []
    point, other = truth.key.point, truth.p256_spki[-65:]
    with shell(truth) as run, StandIn(google(truth)) as server:
        for stem, says in (("key", truth.public_key()), ("p256", truth.p256())):
            command = EXPORT.replace("FILE", f"{stem}.pem")
            out.append((f"jwk/{stem}.json", run(command), command, "Node.js 20", [says]))
        d = url64(secret(THROW_AWAY))
        content = run(PRIVATE)
        if content is not None:
            says = [secret_says("private-key", content.decode(), d)]
        else:
            says = [secret_says("private-key", truth.text("jwk/private.json"), d)]
        out.append(("jwk/private.json", content, PRIVATE, "Node.js 20", says))

        run.extra = server.environment
        for file, options in (("key.pem", ""), ("key-format-json.txt", " --format=json")):
            out.append((f"gcloud/{file}", run(GCLOUD + options), GCLOUD + options, "gcloud 528", [truth.public_key()]))
    shown = 'curl -H "Authorization: Bearer …" https://cloudkms.googleapis.com/v1/…/publicKey'
    out.append(
        (
            "gcloud/rest.json",
            json.dumps(google(truth), indent=2).encode() + b"\n",
            shown,
            "Google Cloud KMS REST shape, by hand",
            [truth.public_key()],
        )
    )

    show = "az keyvault key show --vault-name validators --name validator-ethereum"
    rest = {
        "key": jwk(point, "P-256K", kid=azure(point, "P-256K")["key"]["kid"], key_ops=["sign", "verify"], kty="EC-HSM")
    }
    rest["attributes"] = {
        "enabled": True,
        "created": 1793614272,
        "updated": 1793614272,
        "recoveryLevel": "Recoverable+Purgeable",
    }
    both = {
        "keys": [
            jwk(point, "secp256k1", use="sig", alg="ES256K", kid="validator-ethereum"),
            jwk(other, "P-256", use="sig", kid="release"),
        ]
    }
    for file, value, command, program, says in (
        ("jwk/one-line.json", jwk(point, "secp256k1"), "", "by hand, after RFC 8812 section 3.1", [truth.public_key()]),
        (
            "jwk/azure-name.json",
            jwk(point, "P-256K"),
            "",
            "by hand, with Azure's name of the curve",
            [truth.public_key()],
        ),
        (
            "jwk/set.json",
            both,
            "curl https://…/.well-known/jwks.json",
            "by hand, after RFC 7517 section 5",
            [truth.public_key(), truth.p256()],
        ),
        ("jwk/azure-show.json", azure(point, "P-256K"), show, "Azure CLI shape, by hand", [truth.public_key()]),
        ("jwk/azure-show-p256.json", azure(other, "P-256"), show, "Azure CLI shape, by hand", [truth.p256()]),
        (
            "jwk/azure-rest.json",
            rest,
            "az rest --url https://validators.vault.azure.net/keys/validator-ethereum",
            "Azure Key Vault REST shape, by hand",
            [truth.public_key()],
        ),
    ):
        text = json.dumps(value, indent=None if file == "jwk/one-line.json" else 2)
        out.append((file, text.encode() + b"\n", command, program, says))
    text = json.dumps(jwk(point, "P-256K", d=d), indent=2) + "\n"
    out.append(("jwk/azure-backup-private.json", text.encode(), "", "by hand", [secret_says("private-key", text, d)]))
    return out
