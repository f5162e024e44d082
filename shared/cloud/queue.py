"""Cloud Tasks: work to be done soon, by a function of ours, at least once."""

import datetime
import json
from typing import TYPE_CHECKING

from google.api_core.exceptions import AlreadyExists, NotFound

from shared.cloud.clients import TASKS_TIMEOUT_SECONDS, tasks
from shared.config import settings

if TYPE_CHECKING:
    from collections.abc import Mapping


def add(
    queue: str,
    name: str,
    function: str,
    payload: "Mapping[str, object]",
    at: datetime.datetime | None = None,
    deadline_seconds: int = 600,
) -> bool:
    """Queues one call of ``function``, now or at a time; False when a task of that name was queued before.

    Names are ``[A-Za-z0-9_-]{1,500}``; Cloud Tasks remembers one for at least an hour after its task is done.
    """
    from google.cloud import tasks_v2
    from google.protobuf import duration_pb2, timestamp_pb2

    client, url = tasks(), settings().url_of(function)
    parent = client.queue_path(settings().project, settings().tasks_location, queue)
    task = tasks_v2.Task(
        name=f"{parent}/tasks/{name}",
        http_request=tasks_v2.HttpRequest(
            http_method=tasks_v2.HttpMethod.POST,
            url=url,
            headers={"Content-Type": "application/json"},
            body=json.dumps(payload).encode(),
            oidc_token=tasks_v2.OidcToken(service_account_email=settings().invoker_email, audience=url),
        ),
        dispatch_deadline=duration_pb2.Duration(seconds=deadline_seconds),
    )
    if at is not None:
        schedule_time = timestamp_pb2.Timestamp()
        schedule_time.FromDatetime(at)
        task.schedule_time = schedule_time
    try:
        client.create_task(parent=parent, task=task, timeout=TASKS_TIMEOUT_SECONDS)
    except AlreadyExists:
        return False
    return True


def holds(queue: str, name: str) -> bool:
    """Whether the task of that name still waits in the queue, or is being done."""
    client = tasks()
    path = client.task_path(settings().project, settings().tasks_location, queue, name)
    try:
        client.get_task(name=path, timeout=TASKS_TIMEOUT_SECONDS)
    except NotFound:
        return False
    return True
