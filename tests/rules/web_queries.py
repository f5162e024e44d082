"""The web client's real queries, with the Firebase SDK for JavaScript, against a running emulator."""

import hashlib
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

from local.google.firestore_emulator import FirestoreEmulator

INSTALL_TIMEOUT_SECONDS = 300.0
RUN_TIMEOUT_SECONDS = 120.0

_FOLDER = Path(__file__).resolve().parent / "web"
_LOCK = _FOLDER / "package-lock.json"
_INSTALLED = _FOLDER / "node_modules" / ".installed"
"""Holds the hash of the lock that the packages were installed from, so a checkout's times do not matter."""


class WebQueriesError(Exception):
    """They could not be run, or one of them did not go as it must; the message says which."""


def run(emulator: FirestoreEmulator, rules: Path) -> None:
    """Runs tests/rules/web/, installing its packages first where they are missing or of another version.

    Raises:
        WebQueriesError: no Node.js, npm failed, or a test did.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise WebQueriesError("The web client's queries need Node.js 20 or newer with npm.")
    lock = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    if not _INSTALLED.exists() or _INSTALLED.read_text(encoding="utf-8") != lock:
        sys.stderr.write("Installing the Firebase SDK into tests/rules/web/ (once, under a minute) ...\n")
        _call([npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], INSTALL_TIMEOUT_SECONDS)
        _INSTALLED.write_text(lock, encoding="utf-8")
    environment = {
        "FIRESTORE_EMULATOR_HOST": emulator.address,
        "FIRESTORE_RULES": str(rules),
        "GOOGLE_CLOUD_PROJECT": f"demo-{uuid.uuid4().hex[:12]}",
    }
    _call([node, "--test", "--test-reporter=spec", "queries.test.js"], RUN_TIMEOUT_SECONDS, environment)


def _call(command: list[str], timeout_seconds: float, environment: dict[str, str] | None = None) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=_FOLDER,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise WebQueriesError(f"{Path(command[0]).name} did not finish within {timeout_seconds:.0f} s.") from error
    if done.returncode != 0:
        raise WebQueriesError(f"{' '.join(command[1:3])} failed:\n{done.stdout[-6000:]}")
