"""Runs Firebase's Auth emulator from npm's firebase-tools: sign-up, e-mail verification, ID tokens."""

import json
import shutil
from http import HTTPStatus
from pathlib import Path
from typing import Any

from local.net.http_client import HttpClient, NoAnswer
from local.net.ports import HOST, free_port
from local.net.process import Process, StartError

START_TIMEOUT_SECONDS = 180.0
_PROBE_TIMEOUT_SECONDS = 2.0
_CALL_TIMEOUT_SECONDS = 30.0
_API = "identitytoolkit.googleapis.com/v1"
FIREBASE = Path(__file__).resolve().parents[2] / ".local" / "tools" / "node_modules" / ".bin" / "firebase"
_QUICKER = Path(__file__).with_suffix(".cjs")
"""What Node.js loads before the firebase-tools whose version we know."""


class AuthEmulator:
    """The Auth emulator of ``project`` on 127.0.0.1; port 0 means a free one. Its users are gone when it stops.

    It can also call an emulator that another process started at ``port``. ``patience_seconds`` bounds each answer.
    """

    def __init__(self, port: int, project: str, folder: Path, patience_seconds: float = _CALL_TIMEOUT_SECONDS) -> None:
        self.port = port or free_port()
        self._project = project
        self._folder = folder
        self._patience_seconds = patience_seconds
        self._process: Process | None = None

    @property
    def address(self) -> str:
        """``host:port``, as FIREBASE_AUTH_EMULATOR_HOST takes it."""
        return f"{HOST}:{self.port}"

    def start(self) -> None:
        """Returns once it answers.

        Raises:
            StartError: firebase-tools is not installed, or the emulator did not start.
        """
        installed = shutil.which("firebase")
        if FIREBASE.is_file():
            firebase = ["node", "--require", str(_QUICKER), str(FIREBASE)]
        elif installed is not None:
            firebase = [installed]
        else:
            raise StartError("There is no Firebase Auth emulator: run `make tools`, which installs firebase-tools.")
        self._folder.mkdir(parents=True, exist_ok=True)
        configuration = self._folder / "firebase.json"
        # firebase-tools also wants ports for its hub and its logging, which would collide with those of another stack.
        emulators = {
            "auth": {"host": HOST, "port": self.port},
            "hub": {"host": HOST, "port": free_port()},
            "logging": {"host": HOST, "port": free_port()},
            "ui": {"enabled": False},
        }
        configuration.write_text(json.dumps({"emulators": emulators}), encoding="utf-8")
        command = [*firebase, "emulators:start", "--only", "auth", "--project", self._project, "--config"]
        self._process = Process("auth emulator", [*command, str(configuration)], self._folder / "auth.log")
        self._process.start(self._answers, START_TIMEOUT_SECONDS)

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def export_users(self) -> list[dict[str, Any]]:
        """Returns every user, as ``import_users`` takes them."""
        users: list[dict[str, Any]] = self._call("GET", "accounts:batchGet?maxResults=-1").get("users", [])
        return users

    def import_users(self, users: list[dict[str, Any]]) -> None:
        """Restores users, at least one, with their ids and passwords.

        Raises:
            ValueError: the emulator refused them.
        """
        self._call("POST", "accounts:batchCreate", {"users": users})

    def verify(self, user_id: str) -> None:
        """Marks the user's e-mail address as verified."""
        self._call("POST", "accounts:update", {"localId": user_id, "emailVerified": True})

    def make_administrator(self, email: str, password: str) -> str:
        """Makes the user with this verified e-mail address an administrator, a new one if nobody has it; the uid."""
        users = self._call("POST", "accounts:lookup", {"email": [email]}).get("users", [])
        made = users[0] if users else self._call("POST", "accounts", {"email": email, "password": password})
        user_id = str(made["localId"])
        claims = {"localId": user_id, "emailVerified": True, "customAttributes": json.dumps({"admin": True})}
        self._call("POST", "accounts:update", claims)
        return user_id

    def _call(self, method: str, path: str, body: object = None) -> Any:
        return self._send(method, f"http://{self.address}/{_API}/projects/{self._project}/{path}", body)

    def _send(self, method: str, url: str, body: object) -> Any:
        headers = {"Authorization": "Bearer owner", "Content-Type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        answer = HttpClient().send(method, url, headers, content, self._patience_seconds)
        if answer.status != HTTPStatus.OK:
            raise ValueError(f"The Auth emulator answered {answer.status}: {answer.body.decode(errors='replace')}")
        return json.loads(answer.body)

    def _answers(self) -> bool:
        try:
            answer = HttpClient().send("GET", f"http://{self.address}/", {}, b"", _PROBE_TIMEOUT_SECONDS)
            return bool(json.loads(answer.body)["authEmulator"]["ready"])
        except (NoAnswer, ValueError, LookupError):
            return False  # not listening yet
