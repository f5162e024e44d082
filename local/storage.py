"""Cloud Storage on one machine: gcp-storage-emulator, its objects in a folder; and a key to sign URLs with."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from gcp_storage_emulator import storage as backend
from gcp_storage_emulator.server import create_server

from local.ports import HOST, free_port, require_free

# The emulator would keep objects in a hidden folder, where nobody looks for pictures.
backend.STORAGE_DIR = "."


class StorageEmulator:
    """A storage with one bucket, whose objects lie in ``folder/bucket``; port 0 means a free one."""

    def __init__(self, port: int, folder: Path, bucket: str) -> None:
        self.port = port or free_port()
        self._folder = folder
        self._bucket = bucket
        self._server: Any = None

    @property
    def url(self) -> str:
        """As STORAGE_EMULATOR_HOST takes it."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        # The emulator's own thread would die of a taken port without a word.
        require_free(self.port, "Cloud Storage", "STORAGE_PORT")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._server = create_server(HOST, self.port, default_bucket=self._bucket, data_dir=str(self._folder.resolve()))
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None


def write_throwaway_key(path: Path, project: str) -> None:
    """Writes a service-account key of nobody: it signs URLs, which the emulator serves without a look at them."""
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
