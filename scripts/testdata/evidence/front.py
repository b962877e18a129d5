"""A front for the KMS server on loopback, which mends what its answers lack beside AWS's.

The server leaves out fields that AWS documents. The programs under test print what they get, so a form with the
fields missing would be a form that nobody is ever handed. What is mended, and nothing else:

- KeyMetadata has AWSAccountId, and no EncryptionAlgorithms for a signing key;
- GetPublicKey has CustomerMasterKeySpec, and no EncryptionAlgorithms;
- times have milliseconds;
- the headers are those of AWS (SDKs print them);
- ListAliases of a whole region also has two of AWS's own aliases, one without a target, as in every real account.
"""

from __future__ import annotations

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

MILLISECONDS = {"CreationDate": 0.742, "LastUpdatedDate": 0.742}


def mend(operation: str, question: dict, answer: dict, account: str, region: str) -> dict:
    """The answer as AWS gives it."""
    if operation == "GetPublicKey":
        answer["CustomerMasterKeySpec"] = answer["KeySpec"]
        answer.pop("EncryptionAlgorithms", None)
    elif operation == "DescribeKey":
        metadata = {"AWSAccountId": account} | answer["KeyMetadata"]
        metadata.pop("EncryptionAlgorithms", None)
        answer["KeyMetadata"] = metadata
    elif operation == "ListAliases" and "KeyId" not in question:
        for name, target in (("alias/aws/ebs", None), ("alias/aws/s3", "0f1e2d3c-4b5a-4697-8897-a6b5c4d3e2f1")):
            alias = {"AliasName": name, "AliasArn": f"arn:aws:kms:{region}:{account}:{name}"}
            if target:
                alias |= {"TargetKeyId": target, "CreationDate": 1700000000, "LastUpdatedDate": 1700000000}
            answer["Aliases"].insert(0, alias)

    def times(value: object) -> None:
        if isinstance(value, dict):
            for key, part in value.items():
                if key in MILLISECONDS and isinstance(part, int):
                    value[key] = part + MILLISECONDS[key]
                times(part)
        elif isinstance(value, list):
            for part in value:
                times(part)

    times(answer)
    return answer


class Front:
    """The front, on a free loopback port; its `url` is where the programs are sent."""

    def __init__(self, server: str, account: str, region: str) -> None:
        behind = urlsplit(server)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked = http.client.HTTPConnection(behind.hostname, behind.port, timeout=30)
                kept = {
                    k: v for k, v in self.headers.items() if k.lower() not in ("connection", "content-length", "expect")
                }
                asked.request("POST", self.path, body, kept)
                answer = asked.getresponse()
                content = answer.read()
                operation = self.headers.get("X-Amz-Target", "")
                if answer.status == 200 and operation.startswith("TrentService."):
                    value = json.loads(content) if content else {}
                    operation = operation.split(".")[1]
                    content = json.dumps(mend(operation, json.loads(body or b"{}"), value, account, region)).encode()
                self.send_response_only(answer.status)
                self.send_header("x-amzn-RequestId", answer.getheader("x-amzn-RequestId", ""))
                self.send_header("Cache-Control", "no-cache, no-store, must-revalidate, private")
                self.send_header("Expires", "0")
                self.send_header("Pragma", "no-cache")
                self.send_header("Date", self.date_time_string())
                self.send_header("Content-Type", answer.getheader("Content-Type", "application/x-amz-json-1.1"))
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Connection", "keep-alive")
                self.end_headers()
                self.wfile.write(content)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)

    def __enter__(self) -> Front:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()
