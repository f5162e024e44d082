"""Cloud Tasks in memory: keeps tasks until the simulation delivers them, and remembers names as the real one does."""

import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass

from google.api_core import exceptions
from google.cloud import tasks_v2

from local.google.proto_time import moment
from simulation.clock import SimulatedClock
from simulation.faults import Boundary, Effect, Error

TOMBSTONE = datetime.timedelta(hours=1)
"""The shortest time for which Cloud Tasks promises to remember the name of a finished task."""

LOST: tuple[Error, ...] = (
    functools.partial(exceptions.DeadlineExceeded, "lost on the way"),
    functools.partial(exceptions.ServiceUnavailable, "lost on the way"),
)


@dataclass(frozen=True, slots=True)
class QueuedTask:
    """A call that is made at ``at`` or later."""

    name: str
    url: str
    audience: str
    service_account: str
    body: bytes
    at: datetime.datetime


class CloudTasks:
    """What ``shared.cloud.clients.tasks()`` returns, as far as it is used. ``queued`` is called with each new task."""

    def __init__(self, boundary: Boundary, clock: SimulatedClock, queued: Callable[[QueuedTask], None]) -> None:
        self._boundary = boundary
        self._clock = clock
        self._queued = queued
        self._taken: dict[str, datetime.datetime | None] = {}  # name → until when, None while its task is there

    def queue_path(self, project: str, location: str, queue: str) -> str:
        return f"projects/{project}/locations/{location}/queues/{queue}"

    def task_path(self, project: str, location: str, queue: str, task: str) -> str:
        return f"{self.queue_path(project, location, queue)}/tasks/{task}"

    def get_task(self, name: str, timeout: float) -> None:
        del timeout
        self._boundary.perform(Effect("tasks get", False, LOST), lambda: self._require(name))

    def create_task(self, parent: str, task: tasks_v2.Task, timeout: float) -> None:
        del timeout
        queue = parent.rsplit("/", 1)[1]
        self._boundary.perform(Effect(f"tasks create {queue}", True, LOST), lambda: self._create(task))

    def done(self, name: str) -> None:
        """The task is gone; its name stays taken for a while."""
        self._taken[name] = self._clock.now() + TOMBSTONE

    def _require(self, name: str) -> None:
        if self._taken.get(name, self._clock.now()) is not None:
            missing: type[Exception] = exceptions.NotFound
            raise missing(f"{name} is not in the queue")

    def _create(self, task: tasks_v2.Task) -> None:
        until = self._taken.get(task.name, self._clock.now())
        if until is None or until > self._clock.now():
            taken: type[Exception] = exceptions.AlreadyExists
            raise taken(f"{task.name} was queued before")
        self._taken[task.name] = None
        call = task.http_request
        at = moment(task.schedule_time) if task.schedule_time else self._clock.now()
        self._queued(
            QueuedTask(
                name=task.name,
                url=call.url,
                audience=call.oidc_token.audience,
                service_account=call.oidc_token.service_account_email,
                body=call.body,
                at=at,
            )
        )
