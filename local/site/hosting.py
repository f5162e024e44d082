"""Serves what Firebase Hosting serves beside the functions: ``public/`` and the reserved URLs, as in ``firebase.json``.

``firebase_stand_in.js`` stands in for Firebase's SDK, and its configuration leads to the Auth emulator.
"""

import json
import mimetypes
import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = ROOT / "public"
NOT_SERVED = {"/", "/404"}  # the gateway has pages of its own there

_APP_SDK = re.compile(r"/__/firebase/\d+\.\d+\.\d+/firebase-app-compat\.js")
_AUTH_SDK = re.compile(r"/__/firebase/\d+\.\d+\.\d+/firebase-auth-compat\.js")


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is served."""

    content: bytes
    content_type: str


def find(path: str) -> File | None:
    """Returns the file at ``path``, if there is one."""
    if path == "/__/firebase/init.json":
        config = {
            "apiKey": "local",  # the Auth emulator takes any
            "projectId": os.environ.get("GOOGLE_CLOUD_PROJECT", ""),
            "authEmulator": f"http://{os.environ.get('FIREBASE_AUTH_EMULATOR_HOST', '')}",
        }
        return File(json.dumps(config).encode(), "application/json")
    if _APP_SDK.fullmatch(path):
        return File(Path(__file__).with_name("firebase_stand_in.js").read_bytes(), "text/javascript")
    if _AUTH_SDK.fullmatch(path):
        return File(b"// The stand-in for the app's part holds this one too.\n", "text/javascript")
    # Looked up among the existing files, so that no path leads out of the folder.
    file = {_url(file): file for file in PUBLIC.rglob("*.*")}.get(path)
    if file is None or path in NOT_SERVED:
        return None
    return File(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream")


def headers() -> list[tuple[str, str]]:
    """The headers that Hosting sends with every file."""
    hosting = json.loads((ROOT / "firebase.json").read_text(encoding="utf-8"))["hosting"]
    return [
        (header["key"], header["value"])
        for rule in hosting["headers"]
        for header in rule["headers"]
        if rule["source"] == "**"
    ]


def _url(file: Path) -> str:
    """The path of a file's URL: ``cleanUrls`` leaves out ``.html``, and ``index``."""
    return "/" + file.relative_to(PUBLIC).as_posix().removesuffix(".html").removesuffix("index")
