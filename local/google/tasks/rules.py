"""The rules of Cloud Tasks, as pure functions: what it refuses, its defaults, its backoff, the headers it sends.

Limits: https://cloud.google.com/tasks/docs/quotas and the reference of the v2 API.
"""

import datetime
import re
import urllib.parse
from collections.abc import Mapping

import grpc
from google.cloud import tasks_v2

from local.google.proto_time import duration, moment, span

MAX_TASK_BYTES = 100 * 1024
MAX_URL_CHARACTERS = 2083
MAX_SCHEDULE_AHEAD = datetime.timedelta(days=30)
MIN_DISPATCH_DEADLINE = datetime.timedelta(seconds=15)
MAX_DISPATCH_DEADLINE = datetime.timedelta(minutes=30)

DEFAULT_MAX_ATTEMPTS = 100
DEFAULT_MIN_BACKOFF = datetime.timedelta(seconds=0.1)
DEFAULT_MAX_BACKOFF = datetime.timedelta(hours=1)
DEFAULT_MAX_DOUBLINGS = 16
DEFAULT_MAX_CONCURRENT_DISPATCHES = 1000

_LOCATION = r"projects/[A-Za-z0-9\-:.]+/locations/[A-Za-z0-9\-]+"
_QUEUE = rf"{_LOCATION}/queues/[A-Za-z0-9\-]{{1,100}}"
_TASK = rf"{_QUEUE}/tasks/[A-Za-z0-9_\-]{{1,500}}"
_WITH_BODY = {tasks_v2.HttpMethod.POST, tasks_v2.HttpMethod.PUT, tasks_v2.HttpMethod.PATCH}
_SET_BY_CLOUD_TASKS = re.compile(r"(host|content-length|user-agent|x-(google|appengine|cloudtasks)-.*)", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class Refusal(Exception):
    """A call that Cloud Tasks answers with a gRPC error."""

    def __init__(self, code: grpc.StatusCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def invalid(detail: str) -> Refusal:
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, detail)


def check_location_name(name: str) -> None:
    if not re.fullmatch(_LOCATION, name):
        raise invalid('Location must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>"')


def check_queue_name(name: str) -> None:
    if not re.fullmatch(_QUEUE, name):
        raise invalid('Queue name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>"')


def check_task_name(name: str) -> None:
    if not re.fullmatch(_TASK, name):
        raise invalid(
            "Task name must be formatted: "
            '"projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>/tasks/<TASK_ID>"'
        )


def queue_of(task_name: str) -> str:
    """The name of the queue in the name of a task."""
    return task_name.rpartition("/tasks/")[0]


def id_of(name: str) -> str:
    """The last part of a resource name."""
    return name.rpartition("/")[2]


def check_new_task(task: tasks_v2.Task, queue_name: str, now: datetime.datetime) -> None:
    """Raises:
    Refusal: INVALID_ARGUMENT for a task that Cloud Tasks would not take into the queue.
    """
    if task.name:
        check_task_name(task.name)
        if queue_of(task.name) != queue_name:
            raise invalid(
                f'The queue name from request ("{queue_name}") must be the same as the queue name '
                f'in the named task ("{task.name}").'
            )
    if "http_request" not in task:
        raise invalid("Only tasks with an http_request are played here.")
    if tasks_v2.Task.pb(task).ByteSize() > MAX_TASK_BYTES:
        raise invalid("Task size too large")
    if "schedule_time" in task and moment(task.schedule_time) - now > MAX_SCHEDULE_AHEAD:
        raise invalid("The schedule_time is too far in the future: it must be within 30 days.")
    if "dispatch_deadline" in task and not (
        MIN_DISPATCH_DEADLINE <= span(task.dispatch_deadline) <= MAX_DISPATCH_DEADLINE
    ):
        raise invalid("Task.dispatchDeadline must be between [15s, 30m].")
    _check_http_request(task.http_request)


def _check_http_request(request: tasks_v2.HttpRequest) -> None:
    try:
        url = urllib.parse.urlsplit(request.url)
        well_formed = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        well_formed = False
    if not well_formed or not re.fullmatch(rf"[\x21-\x7e]{{1,{MAX_URL_CHARACTERS}}}", request.url):
        raise invalid("HttpRequest.url must start with 'http://' or 'https://' and be a valid URL.")
    if request.body and request.http_method and request.http_method not in _WITH_BODY:
        raise invalid("HTTP Body is only allowed for POST, PUT or PATCH requests.")
    if request.oidc_token.audience and not request.oidc_token.service_account_email:
        raise invalid("HttpRequest.oidc_token must name a service_account_email.")
    for name, value in request.headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise invalid(f"HttpRequest.headers: {name!r} is not a valid header.")


def queue_with_defaults(queue: tasks_v2.Queue) -> tasks_v2.Queue:
    """A running copy of ``queue`` in which every limit has a value."""
    complete = tasks_v2.Queue(queue)
    complete.state = tasks_v2.Queue.State(tasks_v2.Queue.State.RUNNING)
    complete.retry_config = retry_with_defaults(complete.retry_config)
    complete.rate_limits.max_concurrent_dispatches = (
        queue.rate_limits.max_concurrent_dispatches or DEFAULT_MAX_CONCURRENT_DISPATCHES
    )
    return complete


def retry_with_defaults(retry: tasks_v2.RetryConfig) -> tasks_v2.RetryConfig:
    """A copy of ``retry`` with Cloud Tasks' defaults for what it does not say."""
    complete = tasks_v2.RetryConfig(retry)
    complete.max_attempts = retry.max_attempts or DEFAULT_MAX_ATTEMPTS
    complete.max_doublings = retry.max_doublings or DEFAULT_MAX_DOUBLINGS
    if "min_backoff" not in retry:
        complete.min_backoff = duration(DEFAULT_MIN_BACKOFF)
    if "max_backoff" not in retry:
        complete.max_backoff = duration(DEFAULT_MAX_BACKOFF)
    return complete


def backoff_seconds(retry: tasks_v2.RetryConfig, failures: int) -> float:
    """How long after the ``failures``-th failed attempt the next is made.

    Doubles ``max_doublings`` times, then grows linearly, up to ``max_backoff``: with 10 s, 300 s and 3 doublings
    10, 20, 40, 80, 160, 240, 300, 300, … seconds.
    """
    doublings = min(failures - 1, retry.max_doublings)
    linear_steps = max(failures - 1 - retry.max_doublings, 0) + 1
    delay = span(retry.min_backoff).total_seconds() * 2**doublings * linear_steps
    return float(min(delay, span(retry.max_backoff).total_seconds()))


def gives_up(retry: tasks_v2.RetryConfig, attempts: int, since_first_attempt: datetime.timedelta) -> bool:
    """Whether no attempt follows: both the number and, if there is one, the time limit are reached."""
    limit = span(retry.max_retry_duration)
    in_time = not limit or since_first_attempt < limit
    if retry.max_attempts < 0:  # any number
        return bool(limit) and not in_time
    return attempts >= retry.max_attempts and not (limit and in_time)


def dispatch_headers(task: tasks_v2.Task, previous_status: int) -> Mapping[str, str]:
    """The headers of the attempt that ``task.dispatch_count`` counts, without the Authorization.

    ``previous_status`` is what the attempt before was answered, 0 when there was no answer.
    """
    headers = {
        name: value for name, value in task.http_request.headers.items() if not _SET_BY_CLOUD_TASKS.fullmatch(name)
    }
    if task.http_request.body and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/octet-stream"
    headers |= {
        "User-Agent": "Google-Cloud-Tasks",
        "X-CloudTasks-QueueName": id_of(queue_of(task.name)),
        "X-CloudTasks-TaskName": id_of(task.name),
        "X-CloudTasks-TaskRetryCount": str(task.dispatch_count - 1),
        "X-CloudTasks-TaskExecutionCount": str(task.response_count),
        "X-CloudTasks-TaskETA": f"{moment(task.schedule_time).timestamp():.6f}",
    }
    if previous_status:
        headers["X-CloudTasks-TaskPreviousResponse"] = str(previous_status)
    return headers
