"""Throw-away secrets, made from the SHA-256 of fixed texts: they look like AWS's and open nothing."""

from __future__ import annotations

import base64

from common import stream


def access_key_id(name: str) -> str:
    return "AKIA" + base64.b32encode(stream(f"access key id {name}")(10)).decode()


def secret_access_key(name: str) -> str:
    return base64.b64encode(stream(f"secret access key {name}")(30)).decode()


def token(name: str, octets: int = 240) -> str:
    return base64.b64encode(stream(f"token {name}")(octets)).decode()
