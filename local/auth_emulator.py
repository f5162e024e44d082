"""Firebase's own Auth emulator, from npm's firebase-tools: sign-up, e-mail verification, ID tokens."""

import json
import shutil
from pathlib import Path

from local.courier import Courier, NoAnswer
from local.ports import HOST, free_port
from local.process import Process, StartError

START_TIMEOUT_SECONDS = 60.0
_PROBE_TIMEOUT_SECONDS = 2.0
FIREBASE = Path(__file__).resolve().parent.parent / ".local" / "tools" / "node_modules" / ".bin" / "firebase"


class AuthEmulator:
    """The Auth emulator of ``project`` on 127.0.0.1; port 0 means a free one. Its state is gone when it stops."""

    def __init__(self, port: int, project: str, folder: Path) -> None:
        self.port = port or free_port()
        self._project = project
        self._folder = folder
        self._process: Process | None = None

    @property
    def address(self) -> str:
        """``host:port``, as FIREBASE_AUTH_EMULATOR_HOST takes it."""
        return f"{HOST}:{self.port}"

    def start(self) -> None:
        """Returns once it answers.

        Raises:
            StartError: firebase-tools are not installed, or it did not come up.
        """
        firebase = str(FIREBASE) if FIREBASE.is_file() else shutil.which("firebase")
        if firebase is None:
            raise StartError("There is no Firebase Auth emulator: run `make tools`, which installs firebase-tools.")
        self._folder.mkdir(parents=True, exist_ok=True)
        configuration = self._folder / "firebase.json"
        # firebase-tools also wants ports for its hub and its logging, or they collide with another stack's.
        emulators = {
            "auth": {"host": HOST, "port": self.port},
            "hub": {"host": HOST, "port": free_port()},
            "logging": {"host": HOST, "port": free_port()},
            "ui": {"enabled": False},
        }
        configuration.write_text(json.dumps({"emulators": emulators}), encoding="utf-8")
        command = [firebase, "emulators:start", "--only", "auth", "--project", self._project, "--config"]
        self._process = Process("auth emulator", [*command, str(configuration)], self._folder / "auth.log")
        self._process.start(self._answers, START_TIMEOUT_SECONDS)

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def _answers(self) -> bool:
        try:
            answer = Courier().send("GET", f"http://{self.address}/", {}, b"", _PROBE_TIMEOUT_SECONDS)
            return bool(json.loads(answer.body)["authEmulator"]["ready"])
        except (NoAnswer, ValueError, LookupError):
            return False  # not listening yet
