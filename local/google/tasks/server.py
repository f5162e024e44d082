"""Cloud Tasks on one machine: the gRPC service that the official client talks to over an insecure channel.

Played: creating and getting HTTP tasks, which is what the functions call; creating and listing queues, listing tasks
and deleting one, which is what tests and the front page call. Lists are one page, and tasks come with their bodies.
Every other method answers UNIMPLEMENTED.
"""

from collections.abc import Callable, Iterable
from concurrent import futures
from typing import Any, NoReturn

import grpc
from google.cloud import tasks_v2

from local.google.oidc import Issuer
from local.google.tasks import rules
from local.google.tasks.queues import DISPATCH_DEADLINE_SECONDS, TOMBSTONE_SECONDS, Attempt, TaskQueues
from local.google.tasks.rules import Refusal
from local.net.faults import Faults
from local.net.ports import HOST

_SERVICE = "google.cloud.tasks.v2.CloudTasks"
_RPC_THREADS = 8


class TasksServer:
    """A Cloud Tasks with the given queues: names, or messages where a queue needs its own retries and limits.

    ``stop`` forgets every task; ``start`` begins anew with the same queues.
    """

    def __init__(
        self,
        port: int,
        issuer: Issuer,
        queues: Iterable[str | tasks_v2.Queue] = (),
        faults: Faults | None = None,
        tombstone_seconds: float = TOMBSTONE_SECONDS,
        dispatch_deadline_seconds: float = DISPATCH_DEADLINE_SECONDS,
    ) -> None:
        self.port = port
        self._queue_messages = [tasks_v2.Queue(name=queue) if isinstance(queue, str) else queue for queue in queues]
        self._faults = faults or Faults()
        if self._faults.reorder:
            raise ValueError("Cloud Tasks promises no order: there is none to break.")
        self._new_queues: Callable[[], TaskQueues] = lambda: TaskQueues(
            issuer, self._faults, tombstone_seconds, dispatch_deadline_seconds
        )
        self._queues = self._new_queues()
        self._server: grpc.Server | None = None
        self._ahead_seconds = 0

    @property
    def address(self) -> str:
        """``host:port``, for CLOUD_TASKS_EMULATOR_HOST."""
        return f"{HOST}:{self.port}"

    def start(self) -> None:
        self._queues = self._new_queues()
        for queue in self._queue_messages:
            self._queues.create_queue(queue)
        # Without this option two servers could share a port, and each would see half of the calls.
        server = grpc.server(futures.ThreadPoolExecutor(_RPC_THREADS), options=[("grpc.so_reuseport", 0)])
        server.add_generic_rpc_handlers((_handlers(self._queues),))
        self.port = server.add_insecure_port(self.address)
        self._queues.put_ahead(self._ahead_seconds)
        self._queues.start()
        server.start()
        self._server = server

    def stop(self) -> None:
        if self._server is None:
            return
        self._server.stop(grace=None).wait()
        self._server = None
        self._queues.stop()

    def put_ahead(self, seconds: int) -> None:
        """Lives so many seconds ahead of the real time. Tasks whose time has come are dispatched."""
        self._ahead_seconds = seconds
        self._queues.put_ahead(seconds)

    def waiting(self) -> list[tasks_v2.Task]:
        """Every task that is not done, in every queue that the server was made with."""
        return [task for queue in self._queue_messages for task in self._queues.list_tasks(queue.name)]

    def restore(self, tasks: Iterable[tasks_v2.Task]) -> None:
        """Queues what ``waiting`` returned."""
        for task in tasks:
            self._queues.create_task(rules.queue_of(task.name), task)

    def create(self, queue: tasks_v2.Queue) -> None:
        """Adds a queue, which is gone after ``stop``."""
        self._queues.create_queue(queue)

    def delete(self, queue_name: str) -> None:
        """Deletes the queue with its tasks."""
        self._queues.delete_queue(queue_name)

    def pause(self, queue_name: str) -> None:
        self._queues.pause_queue(queue_name)

    def resume(self, queue_name: str) -> None:
        self._queues.resume_queue(queue_name)

    def attempts(self) -> list[Attempt]:
        """The last 10 000 attempts, in the order in which they ended."""
        return self._queues.attempts()

    def wait_until_idle(self, timeout_seconds: float) -> None:
        """Returns once no attempt is under way and no queue that runs holds a task, scheduled ones included.

        Raises:
            TimeoutError: there is work left; the message names it.
        """
        self._queues.wait_until_idle(timeout_seconds)

    def forget(self) -> None:
        """Deletes all tasks, and forgets finished ones with their names and attempts; the queues stay."""
        self._queues.forget()


class _Rpcs:
    """One method for each method of the service that is played."""

    def __init__(self, queues: TaskQueues) -> None:
        self._queues = queues

    def create_queue(self, request: tasks_v2.CreateQueueRequest) -> tasks_v2.Queue:
        rules.check_location_name(request.parent)
        if not request.queue.name.startswith(f"{request.parent}/queues/"):
            raise rules.invalid("The queue must be in the location that parent names.")
        return self._queues.create_queue(request.queue)

    def list_queues(self, request: tasks_v2.ListQueuesRequest) -> tasks_v2.ListQueuesResponse:
        return tasks_v2.ListQueuesResponse(queues=self._queues.list_queues(request.parent))

    def create_task(self, request: tasks_v2.CreateTaskRequest) -> tasks_v2.Task:
        return self._queues.create_task(request.parent, request.task)

    def get_task(self, request: tasks_v2.GetTaskRequest) -> tasks_v2.Task:
        return self._queues.get_task(request.name)

    def list_tasks(self, request: tasks_v2.ListTasksRequest) -> tasks_v2.ListTasksResponse:
        return tasks_v2.ListTasksResponse(tasks=self._queues.list_tasks(request.parent))

    def delete_task(self, request: tasks_v2.DeleteTaskRequest) -> None:
        self._queues.delete_task(request.name)


def _handlers(queues: TaskQueues) -> grpc.GenericRpcHandler:
    rpcs = _Rpcs(queues)
    methods: dict[str, tuple[Callable[[Any], object], Any]] = {
        "CreateQueue": (rpcs.create_queue, tasks_v2.CreateQueueRequest),
        "ListQueues": (rpcs.list_queues, tasks_v2.ListQueuesRequest),
        "CreateTask": (rpcs.create_task, tasks_v2.CreateTaskRequest),
        "GetTask": (rpcs.get_task, tasks_v2.GetTaskRequest),
        "ListTasks": (rpcs.list_tasks, tasks_v2.ListTasksRequest),
        "DeleteTask": (rpcs.delete_task, tasks_v2.DeleteTaskRequest),
    }
    return grpc.method_handlers_generic_handler(
        _SERVICE,
        {
            name: grpc.unary_unary_rpc_method_handler(
                _refusing(rpc), request_deserializer=request_type.deserialize, response_serializer=_serialized
            )
            for name, (rpc, request_type) in methods.items()
        },
    )


def _refusing(rpc: Callable[[Any], object]) -> Callable[[Any, grpc.ServicerContext], object]:
    """``rpc`` as grpc calls it, with a Refusal turned into its gRPC error."""

    def call(request: Any, context: grpc.ServicerContext) -> object:
        try:
            return rpc(request)
        except Refusal as refusal:
            _abort(context, refusal)

    return call


def _abort(context: grpc.ServicerContext, refusal: Refusal) -> NoReturn:
    context.abort(refusal.code, refusal.detail)  # always raises
    raise AssertionError from refusal


def _serialized(message: Any) -> bytes:
    return b"" if message is None else bytes(type(message).serialize(message))  # google.protobuf.Empty is no bytes
