"""A local Cloud Storage: gcp-storage-emulator with its objects in a folder, and a key to sign URLs with.

This module adds what the emulator lacks. It serves with threads: the emulator's own server answers one connection at a
time, and a connection that a browser opens ahead would block all others. Objects outside the public folder need a
signed URL, of which the age is checked but not the signature, so any key will do. Lists begin and end where they are
asked to.
"""

import datetime
import io
import json
import logging
import re
import threading
import urllib.parse
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from gcp_storage_emulator import storage as backend
from gcp_storage_emulator.handlers import buckets
from gcp_storage_emulator.server import Router

from local.net.http_server import HttpServer, Request, Response
from local.net.ports import require_free

PUBLIC_FOLDER = "published/"
MAXIMUM_BODY_BYTES = 32 * 1024 * 1024

# The emulator would keep objects in a hidden folder, where a developer would not find them.
backend.STORAGE_DIR = "."

_API_PATH = re.compile(r"/(?:storage|upload|download|batch|b)/")


class StorageEmulator:
    """A storage with one bucket, whose objects stay in ``folder/bucket``; port 0 means a free one."""

    def __init__(self, port: int, folder: Path, bucket: str) -> None:
        self._folder = folder
        self._bucket = bucket
        self._storage: backend.Storage = None
        self._one_at_a_time = threading.Lock()  # the emulator's state is made for one thread
        self._server = HttpServer(port, self._answer, MAXIMUM_BODY_BYTES)

    @property
    def port(self) -> int:
        """The port asked for; after ``start`` with 0, the one that was free."""
        return self._server.port

    @property
    def url(self) -> str:
        """As STORAGE_EMULATOR_HOST takes it."""
        return self._server.url

    def start(self) -> None:
        if self.port:
            require_free(self.port, "Cloud Storage", "STORAGE_PORT")
        # It writes every missing object to standard error, although a request for one is normal.
        for name in ("gcp_storage_emulator", "api"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._storage = backend.Storage(data_dir=str(self._folder.resolve()))
        created = buckets.create_bucket(self._bucket, self._storage)
        if created:
            # Otherwise deleted objects would be kept for a week, in a folder that only grows.
            created["softDeletePolicy"]["retentionDurationSeconds"] = "0"
            self._storage.create_bucket(self._bucket, created)
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def clear(self) -> None:
        """Deletes every object, and all else in the folder.

        With each object that is there, the next write takes longer: the emulator lists them all in one file.
        """
        with self._one_at_a_time:
            if self._storage.objects.get(self._bucket):
                self._storage.wipe(keep_buckets=True)

    def _answer(self, request: Request) -> Response:
        path, _, query = request.path.partition("?")
        if request.method == "GET" and not _API_PATH.match(path) and not self._may_read(path, query):
            return Response(HTTPStatus.FORBIDDEN, b"<Error><Code>AccessDenied</Code></Error>")
        exchange = _Exchange(request, self._storage, self._server)
        with self._one_at_a_time:
            Router(exchange).handle(request.method)
        answer = exchange.response()
        asked = dict(urllib.parse.parse_qsl(query))
        if request.method != "GET" or "maxResults" not in asked or answer.status != HTTPStatus.OK:
            return answer
        listed = json.loads(answer.body)
        items = [item for item in listed["items"] if item["name"] >= asked.get("startOffset", "")]
        listed["items"] = items[: int(asked["maxResults"])]
        return Response(answer.status, json.dumps(listed).encode(), answer.headers)

    def _may_read(self, path: str, query: str) -> bool:
        """Whether the object at ``path`` is public, or the query is that of a signed URL that has not expired."""
        public = f"/{self._bucket}/{PUBLIC_FOLDER}"
        if path == "/" or urllib.parse.unquote(path).startswith(public):
            return True
        signature = dict(urllib.parse.parse_qsl(query))
        try:
            signed_at = datetime.datetime.strptime(signature["X-Goog-Date"], "%Y%m%dT%H%M%S%z")
            lives = datetime.timedelta(seconds=int(signature["X-Goog-Expires"]))
        except (KeyError, ValueError):
            return False
        return "X-Goog-Signature" in signature and datetime.datetime.now(datetime.UTC) < signed_at + lives


class _Exchange:
    """One request as the emulator's router sees it, in the shape of ``http.server.BaseHTTPRequestHandler``."""

    def __init__(self, request: Request, storage: backend.Storage, server: HttpServer) -> None:
        self.path = request.path
        self.headers: Message = request.headers
        self.rfile = io.BytesIO(request.body)
        self.wfile = io.BytesIO()
        self.storage = storage
        self.server = SimpleNamespace(server_address=server.address.split(":"))
        self._status = 0
        self._headers: dict[str, str] = {}

    def send_response(self, status: int, _phrase: str) -> None:
        self._status = status

    def send_header(self, name: str, value: str) -> None:
        if name != "Content-Length":  # the server counts for itself
            self._headers[name] = value

    def end_headers(self) -> None:
        """The whole answer is sent at once, by ``response``."""

    def response(self) -> Response:
        return Response(self._status, self.wfile.getvalue(), self._headers)


def write_throwaway_key(path: Path, project: str) -> None:
    """Writes the key of a made-up service account. It signs URLs, and the emulator does not check the signer."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": "local",
        "private_key": private_key.decode(),
        "client_email": f"local@{project}.iam.gserviceaccount.com",
        "client_id": "0",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(account), encoding="utf-8")
    path.chmod(0o600)
