"""Cached clients of what lies outside: the single seam between our code and Google's.

Each library is imported when its client is first asked for, since Storage and Tasks cost 150-230 ms of cold
start that most functions need not pay. ``STORE`` bounds every Firestore call.
"""

import functools
from typing import TYPE_CHECKING, Any, TypedDict

import grpc
from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.cloud import firestore

from shared import cold_start
from shared.config import settings

if TYPE_CHECKING:
    import google.cloud.storage as storage
    from google.cloud import tasks_v2

STORE_TIMEOUT_SECONDS = 5.0
"""Two calls in a row stay inside the 10 s that Stripe waits for a webhook's answer."""

TASKS_TIMEOUT_SECONDS = 5.0
SIGN_TIMEOUT_SECONDS = 5.0

STORAGE = {"timeout": 30.0}
"""Keyword arguments of every Cloud Storage call; its client retries what may be repeated for two minutes."""


class _CallOptions(TypedDict):
    timeout: float
    retry: Retry


STORE: _CallOptions = {
    "timeout": STORE_TIMEOUT_SECONDS,
    # A commit repeated after a lost answer is safe: what it creates is create-only, under ids from the event.
    "retry": Retry(
        predicate=if_exception_type(exceptions.ServiceUnavailable),
        initial=0.05,
        maximum=1.0,
        timeout=STORE_TIMEOUT_SECONDS,
    ),
}
"""Keyword arguments of every Firestore call."""


@functools.cache
def store() -> firestore.Client:
    """The Firestore client of this process."""
    return firestore.Client(project=settings().project or None)


def connect_store() -> None:
    """Returns once Firestore is connected, so that no call has to wait for it.

    Raises:
        grpc.FutureTimeoutError: it was not within ``STORE_TIMEOUT_SECONDS``.
    """
    # The channel that the client's calls go over; it hands it out in no other way.
    channel = store()._firestore_api.transport.grpc_channel
    grpc.channel_ready_future(channel).result(STORE_TIMEOUT_SECONDS)


cold_start.prepare(connect_store)


@functools.cache
def bucket() -> "storage.Bucket":
    """The media bucket."""
    import google.cloud.storage as storage

    return storage.Client(project=settings().project or None).bucket(settings().media_bucket)


@functools.cache
def _credentials() -> Any:
    import google.auth

    return google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])[0]


@functools.cache
def signing_credentials() -> Any:
    """What signs URLs: a key file's own key, or signBlob for an account that has none.

    Raises:
        GoogleAuthError: who we are cannot be asked at the moment.
    """
    credentials = _credentials()
    if hasattr(credentials, "sign_bytes") and hasattr(credentials, "signer_email"):
        return credentials
    from google.auth import iam
    from google.auth.transport.requests import Request
    from google.oauth2 import service_account

    request: Any = functools.partial(Request(), timeout=SIGN_TIMEOUT_SECONDS)  # else two minutes
    credentials.refresh(request)  # before that it does not know its own name
    email = credentials.service_account_email
    signer: Any = iam.Signer(request, credentials, email)  # type: ignore[no-untyped-call]
    return service_account.Credentials(signer, email, token_uri="")  # type: ignore[no-untyped-call]


@functools.cache
def tasks() -> "tasks_v2.CloudTasksClient":
    """The Cloud Tasks client; over an insecure channel where CLOUD_TASKS_EMULATOR_HOST names a local one."""
    from google.cloud import tasks_v2

    if not settings().tasks_emulator:
        return tasks_v2.CloudTasksClient()
    from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

    channel = grpc.insecure_channel(settings().tasks_emulator)
    return tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
