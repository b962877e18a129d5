"""A KMS server on loopback (ministack, or moto), and both versions of the AWS CLI against it.

What scripts/make-example, scripts/make-forms, scripts/make-messy and scripts/make-challenge share.
"""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ACCOUNT = "111122223333"
ATTEMPTS = 5  # at finding a port that nobody takes meanwhile
PATIENCE = 60  # seconds, for the server to answer


class Failure(Exception):
    """Something went wrong that the person who runs this can act on."""


def note(text: str) -> None:
    print(f"{Path(sys.argv[0]).name}: {text}", file=sys.stderr, flush=True)


def script(name: str, *arguments: str) -> Path:
    """The path that one of the neighbouring scripts prints."""
    done = subprocess.run([str(ROOT / "scripts" / name), *arguments], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Failure(f"scripts/{' '.join([name, *arguments])} failed")
    return Path(done.stdout.strip())


def clean_environment(scratch: Path) -> dict[str, str]:
    """Nothing of the caller's AWS set-up: no profile, no proxy, no real key."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }


class Server:
    """ministack on a free loopback port, ended when the block is left."""

    MODULE = "ministack"
    HEALTH = "/_ministack/health"

    def arguments(self, port: int) -> list[str]:
        return []

    def settings(self, port: int) -> dict[str, str]:
        return {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "SERVICES": "kms,iam,sts",
            "PERSIST_STATE": "0",
            "S3_PERSIST": "0",
            # Listeners of services that are not wanted here.
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "STATE_DIR": str(self.scratch / "state"),
            "S3_DATA_DIR": str(self.scratch / "s3"),
        }

    def __init__(self, python: Path, scratch: Path) -> None:
        self.python = python
        self.scratch = scratch
        self.log = scratch / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def __enter__(self) -> Server:
        try:
            for _ in range(ATTEMPTS):
                if self._start():
                    return self
        except BaseException:
            self._stop()
            raise
        raise Failure(f"the server did not start:\n{self._tail()}")

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""

    def _start(self) -> bool:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environment = clean_environment(self.scratch) | self.settings(port)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(self.python), "-m", self.MODULE, *self.arguments(port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.scratch,
                env=environment,
                start_new_session=True,
            )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False  # most likely somebody else took the port: another one
            try:
                with direct.open(self.url + self.HEALTH, timeout=5) as answer:
                    if answer.status == 200 and self.process.poll() is None:
                        return True
            except OSError:
                time.sleep(0.1)
        raise Failure(f"the server does not answer after {PATIENCE} s:\n{self._tail()}")

    def _stop(self) -> None:
        """End the server; if it will not, it and whatever it started (it leads its
        own process group)."""
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class Moto(Server):
    """moto on a free loopback port. Its KMS signs SHA-256 of the digest that it is given, which AWS's does not."""

    MODULE = "moto.server"
    HEALTH = "/moto-api/"

    def arguments(self, port: int) -> list[str]:
        return ["-H", "127.0.0.1", "-p", str(port)]

    def settings(self, port: int) -> dict[str, str]:
        return {"MOTO_ACCOUNT_ID": ACCOUNT}


class Aws:
    """The AWS CLI, both major versions, against the server."""

    def __init__(self, programs: dict[int, list[str]], url: str, scratch: Path) -> None:
        self.programs = programs
        self.url = url
        self.scratch = scratch
        self.environment = clean_environment(scratch) | {
            # The server takes any key; this one is nobody's.
            "AWS_ACCESS_KEY_ID": "example",
            "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "NO_PROXY": "127.0.0.1",
        }

    def __call__(self, cli: int, region: str, *arguments: str) -> bytes:
        """Standard output of one command, as printed; JSON."""
        return self.run(cli, region, ["--output", "json", *arguments])

    def run(
        self, cli: int, region: str, arguments: list[str], env: dict[str, str] | None = None, columns: int | None = None
    ) -> bytes:
        """Standard output of one command, as printed: into a file, or on a terminal of so many columns."""
        note(f"v{cli} {region}: aws {' '.join(arguments)}")
        command = [*self.programs[cli], "--endpoint-url", self.url, "--region", region, *arguments]
        options = {"stdin": subprocess.DEVNULL, "cwd": self.scratch, "env": self.environment | (env or {})}
        if columns is None:
            done = subprocess.run(command, capture_output=True, **options)
            out, errors = done.stdout, done.stderr
        else:
            ours, theirs = pty.openpty()
            # No carriage return before each line feed: what a copy from the terminal has.
            modes = termios.tcgetattr(theirs)
            modes[1] &= ~termios.OPOST
            termios.tcsetattr(theirs, termios.TCSANOW, modes)
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
            done = subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE, **options)
            os.close(theirs)
            out = b""
            while True:
                try:
                    part = os.read(ours, 65536)
                except OSError:  # the other end is closed
                    break
                if not part:
                    break
                out += part
            errors = done.communicate()[1]
            os.close(ours)
        if done.returncode != 0:
            raise Failure(f"aws {' '.join(arguments)} failed: {errors.decode(errors='replace').strip()}")
        return out


def aws_cli(scratch: Path) -> dict[int, list[str]]:
    """How to call each major version of the AWS CLI."""
    v1 = script("python-env", "awscli1")
    v2 = script("aws-cli-v2")
    # By way of its interpreter: works from a folder with spaces in its name too.
    programs = {1: [str(v1 / "bin" / "python"), str(v1 / "bin" / "aws")], 2: [str(v2)]}
    for cli, program in programs.items():
        shown = subprocess.run(
            [*program, "--version"],
            capture_output=True,
            text=True,
            check=True,
            env=clean_environment(scratch),
        )
        version = (shown.stdout or shown.stderr).split()[0]
        if not version.startswith(f"aws-cli/{cli}."):
            raise Failure(f"{version} is not an AWS CLI v{cli}")
        note(f"v{cli} is {version}")
    return programs
