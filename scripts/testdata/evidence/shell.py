"""Runs command lines as a user types them, in a folder that has the key's files, and gives what they print."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common import ec_private_der, openssl, secret
from evidence.truth import Truth
from kms_server import Failure

SECP256K1 = "1.3.132.0.10"
P256 = "1.2.840.10045.3.1.7"
THROW_AWAY = "shown by mistake"  # the test key whose private key is in the fixtures that must be reported as secret


def pem(der: bytes) -> bytes:
    return openssl("pkey", "-pubin", "-inform", "DER", "-pubout", stdin=der)


def private_pem(name: str = THROW_AWAY) -> str:
    """A throw-away private key: SHA-256 of a fixed text, used nowhere."""
    return openssl("ec", "-inform", "DER", stdin=ec_private_der(secret(name), SECP256K1)).decode()


class Shell:
    """Command lines in a folder with key.der, key.pem, p256.der, p256.pem and private.pem."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.extra: dict[str, str] = {}

    def __call__(self, command: str) -> bytes | None:
        """What is printed; none where the program is not installed (the file stays as it is)."""
        needed = [word for word in ("node", "java", "gcloud", "xxd", "hexdump", "basenc") if f"{word} " in command]
        if not all(shutil.which(word) for word in needed):
            return None
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "OPENSSL_CONF": os.devnull,
            "PYTHONDONTWRITEBYTECODE": "1",
        } | self.extra
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=environment, capture_output=True)
        if done.returncode != 0:
            raise Failure(f"{command}: {done.stderr.decode(errors='replace')}")
        return done.stdout


@contextmanager
def shell(truth: Truth) -> Iterator[Shell]:
    with tempfile.TemporaryDirectory(prefix="make-forms-") as name:
        folder = Path(name)
        for stem, der in (("key", truth.spki), ("p256", truth.p256_spki)):
            (folder / f"{stem}.der").write_bytes(der)
            (folder / f"{stem}.pem").write_bytes(pem(der))
        (folder / "private.pem").write_text(private_pem())
        yield Shell(folder)


def hidden(text: str, *secrets: str) -> list[dict[str, int]]:
    """Where secret text stands, line by line; each of `secrets` has to be there."""
    places = []
    for secret_text in secrets:
        at = text.find(secret_text)
        assert at >= 0, "the secret is not in the text"
        while at >= 0:
            line = text.count("\n", 0, at) + 1
            places.append({"line": line, "column": at - text.rfind("\n", 0, at), "length": len(secret_text)})
            at = text.find(secret_text, at + 1)
    return sorted(places, key=lambda place: (place["line"], place["column"]))


def secret_says(what: str, text: str, *secrets: str) -> dict:
    """An entry of the manifest: this secret is here, and must never be shown."""
    return {"kind": "secret", "what": what, "places": hidden(text, *secrets)}


def body_lines(pem_text: str) -> list[str]:
    """The lines of a PEM block that are its content."""
    return [line for line in pem_text.splitlines() if line and not line.startswith("-----")]
