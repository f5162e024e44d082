"""Round trips that take time, as between a function and Firestore; on loopback they take none."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport

from shared.cloud.clients import store


@contextlib.contextmanager
def round_trips_of(seconds: float) -> Iterator[None]:
    """Makes every RPC of this process's Firestore client take so much longer until the block ends."""
    client = store()
    plain = client._firestore_api
    channel = grpc.intercept_channel(plain.transport.grpc_channel, _Wait(seconds))
    client._firestore_api_internal = FirestoreClient(
        transport=FirestoreGrpcTransport(host=client._target, channel=channel)
    )
    try:
        yield
    finally:
        client._firestore_api_internal = plain


class _Wait(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def intercept_unary_unary(
        self, continuation: Callable[[Any, Any], Any], client_call_details: Any, request: Any
    ) -> Any:
        time.sleep(self._seconds)
        return continuation(client_call_details, request)

    def intercept_unary_stream(
        self, continuation: Callable[[Any, Any], Any], client_call_details: Any, request: Any
    ) -> Any:
        time.sleep(self._seconds)
        return continuation(client_call_details, request)
