"""What the AWS CLI and boto3 say where AWS refuses: refused/. The programs are real, the answers those of a stand-in."""

from __future__ import annotations

import json
import sys
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

from evidence.shell import shell
from evidence.truth import Truth
from kms_server import Failure, script

CALLER = "arn:aws:iam::111122223333:user/auditor"


class StandIn:
    """KMS, which answers DescribeKey and refuses the rest, with the words of AWS."""

    def __init__(self, truth: Truth) -> None:
        created = datetime.fromisoformat(truth.metadata_answer["CreationDate"]).timestamp()

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                operation = self.headers["X-Amz-Target"].split(".")[1]
                if asked.get("KeyId") not in (truth.key_id, truth.arn):
                    missing = f"arn:aws:kms:us-east-1:111122223333:key/{asked.get('KeyId')}"
                    status, answer = 400, {"__type": "NotFoundException", "message": f"Key '{missing}' does not exist"}
                elif operation == "DescribeKey":
                    status, answer = 200, {"KeyMetadata": truth.metadata_answer | {"CreationDate": created}}
                else:
                    words = (
                        f"User: {CALLER} is not authorized to perform: kms:{operation} on resource: {truth.arn} because no "
                        f"identity-based policy allows the kms:{operation} action"
                    )
                    status, answer = 400, {"__type": "AccessDeniedException", "Message": words}
                content = json.dumps(answer).encode()
                self.send_response_only(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(content)))
                self.send_header("x-amzn-RequestId", "5f0e7c1a-0000-4000-8000-000000000001")
                self.send_header("Date", "Mon, 02 Nov 2026 10:11:12 GMT")
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


def make(truth: Truth) -> list[tuple]:
    out: list[tuple] = []
    denied = {"kind": "refused", "code": "AccessDeniedException", "operation": "GetKeyPolicy", "key": truth.arn, "caller": CALLER}
    unknown = "00000000-0000-4000-8000-000000000000"
    missing = f"arn:aws:kms:us-east-1:111122223333:key/{unknown}"
    absent = {"kind": "refused", "code": "NotFoundException", "operation": "DescribeKey", "key": missing, "caller": None}
    with shell(truth) as run, StandIn(truth) as server:
        try:
            (run.folder / "bin").mkdir()
            (run.folder / "bin" / "aws").symlink_to(script("aws-cli-v2"))
            there = True
        except Failure:
            there = False
        run.extra = {
            "PATH": f"{run.folder}/bin:/usr/bin:/bin",
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ENDPOINT_URL_KMS": server.url,
            "AWS_ACCESS_KEY_ID": "example",
            "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        }
        endpoint = f"--endpoint-url {server.url}"

        def add(file: str, command: str, program: str, *says: dict) -> None:
            """Runs a command, its errors and its output together; `aws` stands for itself with the stand-in's address."""
            here = there or not program.startswith("AWS")
            real = command.replace("aws kms", f"aws {endpoint} kms")
            content = run(f"({real}) 2>&1 || true") if here else None
            out.append((f"refused/{file}", content, command, program, list(says)))

        policy = f"aws kms get-key-policy --key-id {truth.key_id} --policy-name default"
        add("get-key-policy.txt", policy, "AWS CLI 2", denied)
        add("describe-key-not-found.txt", f"aws kms describe-key --key-id {unknown}", "AWS CLI 2", absent)
        loop = f"aws kms describe-key --key-id {truth.key_id} --output json; {policy}"
        add("describe-key-and-get-key-policy.txt", loop, "AWS CLI 2", truth.metadata(), denied)
        python = sys.executable
        head = 'import boto3, botocore, json\nkms = boto3.client("kms")\ntry: kms.get_key_policy(KeyId="KEY", PolicyName="default")\nexcept botocore.exceptions.ClientError as error: '
        head = head.replace("KEY", truth.key_id)
        for file, tail in (("boto3-error.txt", "print(error)"), ("boto3-response.json", "print(json.dumps(error.response))")):
            (run.folder / "x.py").write_text(f"{head}{tail}\n")
            content = run(f"{python} x.py")
            shown = f"python3 -c '… except ClientError as error: {tail}'"
            out.append((f"refused/{file}", content, shown, "boto3 1.44.5", [dict(denied)]))
    return out
