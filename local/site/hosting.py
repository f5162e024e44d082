"""Firebase Hosting on this machine: ``local/hosting.mjs`` in a Node of its own, with the pages in ``web/out``."""

import json
import shutil
from http import HTTPStatus
from pathlib import Path

from local.net.http_client import HttpClient, NoAnswer
from local.net.ports import HOST, free_port, require_free
from local.net.process import Process, StartError

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "local" / "hosting.mjs"
START_SECONDS = 60.0
ANSWER_SECONDS = 5.0


class Hosting:
    """Serves ``root`` as its firebase.json says, on 127.0.0.1; port 0 means a free one.

    What is for functions goes to ``gateway``. The pages are told that their project is ``project``, and where its
    emulators are: ``auth`` and ``firestore`` are ``host:port``.
    """

    def __init__(
        self, port: int, gateway: str, project: str, auth: str, firestore: str, log: Path, root: Path = ROOT
    ) -> None:
        self.port = port or free_port()
        given = {
            "port": self.port,
            "root": str(root),
            "gateway": gateway,
            "site": {
                "firebase": {
                    "apiKey": "local",  # the Auth emulator takes any
                    "authDomain": f"{project}.firebaseapp.com",
                    "projectId": project,
                    "appId": "1:1:web:1",
                },
                "emulators": {"auth": auth, "firestore": firestore},
            },
            "mails": f"http://{auth}/emulator/v1/projects/{project}/oobCodes",
        }
        self._process = Process("Hosting", [_node(), str(PROGRAM), json.dumps(given)], log)

    @property
    def url(self) -> str:
        """The origin of the site."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Returns once it answers.

        Raises:
            StartError: its port is taken, or it did not start.
        """
        require_free(self.port, "web", "PORT")
        self._process.start(self._answers, START_SECONDS)

    def stop(self) -> None:
        self._process.stop()

    def _answers(self) -> bool:
        try:
            return HttpClient().send("GET", f"{self.url}/site.json", {}, b"", ANSWER_SECONDS).status == HTTPStatus.OK
        except NoAnswer:
            return False


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        raise StartError("There is no Node.js, which serves the site; install version 20 or newer: https://nodejs.org")
    return node
