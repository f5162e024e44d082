"""The state that ``make dev`` keeps between runs: documents, users, pictures, Stripe's objects, tasks and secrets."""

import json
import secrets
import shutil
import time
from pathlib import Path

from google.cloud import tasks_v2

from local.google.auth_emulator import AuthEmulator
from local.google.firestore_emulator import FirestoreEmulator
from local.google.tasks.server import TasksServer
from local.net.process import StartError
from local.stripe.server import StripeServer

_SECRETS = ("STRIPE_WEBHOOK_SECRET", "CURSOR_SECRET", "IDENTITY_SECRET")


class StateUnreadable(StartError):
    """The saved state cannot be read; the message says which part."""


class State:
    """The state in ``folder``. Pictures are written as they are made, and everything else when the cloud stops."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._saved = folder / "saved"

    @property
    def media(self) -> Path:
        return self.folder / "media"

    @property
    def firestore_export(self) -> Path | None:
        """Returns the export that the Firestore emulator starts from, if there is one.

        Raises:
            StateUnreadable: the export should exist and does not.
        """
        if not self._saved.exists():
            return None
        export = self._saved / "firestore" / "firestore.overall_export_metadata"
        if not export.is_file():
            raise StateUnreadable(f"{export} is missing.")
        return export

    def secrets(self) -> dict[str, str]:
        """Returns the secrets with which hashes in the documents were made; the first time it makes new ones.

        Raises:
            StateUnreadable: the file does not hold them.
        """
        path = self.folder / "secrets.json"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({name: f"local_{secrets.token_hex(16)}" for name in _SECRETS}), encoding="utf-8")
            path.chmod(0o600)
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            return {name: str(kept[name]) for name in _SECRETS}
        except (ValueError, LookupError, TypeError) as error:
            raise StateUnreadable(f"{path}: {error!r}") from error

    def restore(self, auth: AuthEmulator, stripe: StripeServer | None) -> None:
        """Restores users and Stripe's objects.

        Raises:
            StateUnreadable: they cannot be restored.
        """
        if not self._saved.exists():
            return
        try:
            users = json.loads((self._saved / "users.json").read_text(encoding="utf-8"))
            if users:
                auth.import_users(users)
            stripe_file = self._saved / "stripe.json"
            if stripe and stripe_file.exists():
                stripe.restore(json.loads(stripe_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise StateUnreadable(f"users or Stripe's objects: {error!r}") from error

    def restore_tasks(self, tasks: TasksServer) -> None:
        """Queues the tasks that were waiting. They are sent to the URLs that they were made for.

        Raises:
            StateUnreadable: they cannot be read.
        """
        path = self._saved / "tasks.json"
        if not path.exists():
            return
        try:
            tasks.restore([tasks_v2.Task.from_json(text) for text in json.loads(path.read_text(encoding="utf-8"))])
        except (ValueError, TypeError) as error:
            raise StateUnreadable(f"{path}: {error!r}") from error

    def save(
        self, firestore: FirestoreEmulator, auth: AuthEmulator, stripe: StripeServer | None, tasks: TasksServer
    ) -> None:
        """Writes everything to a second folder, and only then replaces the first."""
        saving = self.folder / "saving"
        shutil.rmtree(saving, ignore_errors=True)
        saving.mkdir(parents=True)
        firestore.export(saving, "firestore")
        (saving / "users.json").write_text(json.dumps(auth.export_users()), encoding="utf-8")
        if stripe:
            (saving / "stripe.json").write_text(json.dumps(stripe.snapshot()), encoding="utf-8")
        waiting = [tasks_v2.Task.to_json(task) for task in tasks.waiting()]
        (saving / "tasks.json").write_text(json.dumps(waiting), encoding="utf-8")
        shutil.rmtree(self._saved, ignore_errors=True)
        saving.rename(self._saved)

    def set_aside(self) -> Path:
        """Moves the state away, so that the next start begins with an empty one. Returns where it was moved to."""
        aside = self.folder.with_name(f"{self.folder.name}-unreadable-{time.strftime('%Y%m%d-%H%M%S')}")
        self.folder.rename(aside)
        return aside
