"""Firestore's wire: calls can fail, every commit that succeeds is seen, and the server's time is the clock's."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.base_client import _GRPC_MSG_SIZE_OPTIONS
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport
from grpc.experimental import ChannelOptions

from local.google.proto_time import timestamp
from simulation.clock import SimulatedClock
from simulation.faults import Boundary, Effect, Error

LOST: tuple[Error, ...] = (
    functools.partial(exceptions.DeadlineExceeded, "lost on the way"),
    functools.partial(exceptions.ServiceUnavailable, "lost on the way"),  # the client library retries these itself
)
REFUSED: tuple[Error, ...] = (functools.partial(exceptions.Aborted, "too much contention"),)

_NOT_STRUCK = ("Rollback",)  # sent after an error

_FAILURES = (
    grpc.StatusCode.DATA_LOSS,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.UNKNOWN,
)
"""Answers that no request can cause. After one of them it is not known what was committed."""


class EmulatorFailure(BaseException):
    """The emulator itself failed. The seed did not decide that, so the run cannot be continued."""


def intercept(client: firestore.Client, wire: "Wire") -> None:
    """Sends all calls of the client over ``wire``.

    The channel is the library's own to an emulator, but for its streams. These are read by the thread that asks, where
    gRPC would start a thread for each.
    """
    options = [
        ("Authorization", "Bearer owner"),
        *_GRPC_MSG_SIZE_OPTIONS,
        (ChannelOptions.SingleThreadedUnaryStream, 1),
    ]
    channel = grpc.intercept_channel(grpc.insecure_channel(str(client._emulator_host), options), wire)
    client._firestore_api_internal = FirestoreClient(
        transport=FirestoreGrpcTransport(host=client._target, channel=channel)
    )


class Wire(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Calls ``committed`` with the writes of each commit that succeeded.

    Every call raises EmulatorFailure when it is the emulator that fails, whatever the functions would have made of it.
    """

    def __init__(
        self, boundary: Boundary, clock: SimulatedClock, committed: Callable[[Sequence[types.Write]], None]
    ) -> None:
        self._boundary = boundary
        self._clock = clock
        self._committed = committed
        self.holds_locks = False
        """Whether a transaction is open. Another request that met its locks would wait for ever on this one thread."""

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        method = _method(client_call_details)
        if method in _NOT_STRUCK:
            self.holds_locks = False
            return continuation(client_call_details, request)
        if method != "Commit":
            return self._read(method, lambda: self._begin(continuation, client_call_details, request))
        stamped = self._stamped(request)

        def commit() -> Any:
            response = _judged(method, continuation(client_call_details, stamped))
            self.holds_locks = False
            if response.code() is grpc.StatusCode.OK:
                self._committed(stamped.writes)
                _add_times(request, stamped, response.result())
            return response

        return self._boundary.perform(Effect(_commit_name(stamped.writes), True, LOST, REFUSED), commit)

    def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        method = _method(client_call_details)
        return self._read(method, lambda: _JudgedStream(method, continuation(client_call_details, request)))

    def _read(self, method: str, do: Callable[[], Any]) -> Any:
        return self._boundary.perform(Effect(f"firestore {method}", False, LOST[:1]), do)

    def _begin(self, continuation: Any, details: Any, request: Any) -> Any:
        self.holds_locks = True
        return _judged(_method(details), continuation(details, request))

    def _stamped(self, request: types.CommitRequest) -> types.CommitRequest:
        """Returns the commit with the simulation's time in place of Firestore's, which cannot be set."""
        stamped = types.CommitRequest()
        message = types.CommitRequest.pb(stamped)
        message.CopyFrom(types.CommitRequest.pb(request))
        now = timestamp(self._clock.tick())
        for write in message.writes:
            transforms = list(write.update_transforms)
            del write.update_transforms[:]
            for transform in transforms:
                if transform.WhichOneof("transform_type") != "set_to_server_value":
                    write.update_transforms.append(transform)
                    continue
                *maps, last = transform.field_path.split(".")
                fields = write.update.fields
                for name in maps:
                    fields = fields[name].map_value.fields
                fields[last].timestamp_value.CopyFrom(now)
                # A map that is written as a whole has its times with it.
                if write.HasField("update_mask") and not set(maps) & set(write.update_mask.field_paths):
                    write.update_mask.field_paths.append(transform.field_path)
        return stamped


def _add_times(request: types.CommitRequest, stamped: types.CommitRequest, response: types.CommitResponse) -> None:
    """Adds to the answer the times that were written for Firestore, in their places among what it computed itself."""
    for asked, sent, result in zip(request.writes, stamped.writes, response.write_results, strict=True):
        transforms = types.Write.pb(asked).update_transforms
        for place, transform in enumerate(transforms):
            if transform.WhichOneof("transform_type") == "set_to_server_value":
                *maps, last = transform.field_path.split(".")
                fields = types.Write.pb(sent).update.fields
                for name in maps:
                    fields = fields[name].map_value.fields
                types.WriteResult.pb(result).transform_results.insert(place, fields[last])


class _JudgedStream:
    """A stream of answers, each checked when it is taken."""

    def __init__(self, method: str, answers: Any) -> None:
        self._method = method
        self._answers = answers

    def __iter__(self) -> "_JudgedStream":
        return self

    def __next__(self) -> Any:
        try:
            return next(self._answers)
        except grpc.RpcError as error:
            raise _judged(self._method, error) from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._answers, name)


def _judged(method: str, answer: Any) -> Any:
    """Returns the answer.

    Raises:
        EmulatorFailure: it is a failure of the emulator.
    """
    if answer.code() in _FAILURES:
        message = answer.details() or "no message"
        raise EmulatorFailure(f"the Firestore emulator failed: {method} {answer.code().name}, {message}")
    return answer


def _method(details: Any) -> str:
    return str(details.method).rsplit("/", 1)[1]


def _commit_name(writes: Sequence[types.Write]) -> str:
    touched = {_path(write).split("/")[-2] for write in writes}
    return f"firestore Commit {'+'.join(sorted(touched))}"


def _path(write: types.Write) -> str:
    return write.delete or write.update.name
