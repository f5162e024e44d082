"""Needs the local Cloud Tasks and OIDC issuer, started here, and Google's client for Cloud Tasks."""

import datetime
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
import pytest
from google.api_core.exceptions import AlreadyExists, InvalidArgument, MethodNotImplemented, NotFound
from google.auth.transport.requests import Request as AuthRequest
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.oauth2 import id_token

from local.google.oidc import Issuer, IssuerServer
from local.google.proto_time import duration, moment, timestamp
from local.google.tasks.rules import backoff_seconds, gives_up, retry_with_defaults
from local.google.tasks.server import TasksServer
from local.net.faults import Faults
from local.net.http_server import Request, Response
from tests.support.target import Target, eventually

LOCATION = "projects/demo-guilder/locations/europe-west1"
QUEUE = f"{LOCATION}/queues/generations"
INVOKER = "invoker@demo-guilder.iam.gserviceaccount.com"

QUICK = tasks_v2.RetryConfig(
    max_attempts=5,
    min_backoff=duration(datetime.timedelta(milliseconds=10)),
    max_backoff=duration(datetime.timedelta(milliseconds=20)),
)


@contextmanager
def served(server: TasksServer) -> Iterator[tasks_v2.CloudTasksClient]:
    """The official client of ``server`` while it runs."""
    server.start()
    with grpc.insecure_channel(server.address) as channel:
        yield tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
    server.stop()


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def server(issuer: Issuer) -> TasksServer:
    return TasksServer(0, issuer, [tasks_v2.Queue(name=QUEUE, retry_config=QUICK)])


@pytest.fixture
def client(server: TasksServer) -> Iterator[tasks_v2.CloudTasksClient]:
    with served(server) as client:
        yield client


@pytest.fixture
def target() -> Iterator[Target]:
    with Target() as target:
        yield target


def a_task(url: str, name: str = "", body: bytes = b"{}", **fields: object) -> tasks_v2.Task:
    request = tasks_v2.HttpRequest(url=url, body=body, headers={"Content-Type": "application/json"})
    return tasks_v2.Task(name=f"{QUEUE}/tasks/{name}" if name else "", http_request=request, **fields)


def in_seconds(seconds: float) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)


def answering(*statuses: int) -> Callable[[Request], Response]:
    """Answers with each status in turn, then with 200."""
    left, lock = list(statuses), threading.Lock()

    def answer(_: Request) -> Response:
        with lock:
            return Response(left.pop(0) if left else 200)

    return answer


def held(gate: threading.Event) -> Callable[[Request], Response]:
    """Answers when the gate opens."""

    def answer(_: Request) -> Response:
        gate.wait(15)
        return Response(200)

    return answer


# What a task becomes


def test_a_task_arrives_once_with_its_body_and_headers(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    client.create_task(parent=QUEUE, task=a_task(target.url + "run?x=1", "first", b'{"id": 7}'))
    server.wait_until_idle(15)

    [request] = target.requests
    assert (request.method, request.path, request.body) == ("POST", "/run?x=1", b'{"id": 7}')
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"] == "Google-Cloud-Tasks"
    assert request.headers["X-CloudTasks-QueueName"] == "generations"
    assert request.headers["X-CloudTasks-TaskName"] == "first"
    assert request.headers["X-CloudTasks-TaskRetryCount"] == "0"
    assert request.headers["X-CloudTasks-TaskExecutionCount"] == "0"
    assert float(request.headers["X-CloudTasks-TaskETA"]) > 0
    assert request.headers["X-CloudTasks-TaskPreviousResponse"] is None
    assert request.headers["Authorization"] is None


def test_a_task_cannot_forge_the_headers_that_cloud_tasks_sets(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    task = a_task(target.url, "honest")
    for name in ("x-cloudtasks-taskname", "X-CloudTasks-Extra", "User-Agent", "Host", "Content-Length"):
        task.http_request.headers[name] = "7"
    client.create_task(parent=QUEUE, task=task)
    server.wait_until_idle(15)

    headers = target.requests[0].headers
    assert headers.get_all("X-CloudTasks-TaskName") == ["honest"]
    assert headers.get_all("User-Agent") == ["Google-Cloud-Tasks"]
    assert headers.get_all("Content-Length") == ["2"]
    assert "X-CloudTasks-Extra" not in headers
    assert headers["Host"] in target.url


def test_a_task_that_asks_for_a_token_carries_one_for_its_audience(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target, issuer: Issuer
) -> None:
    task = a_task(target.url)
    task.http_request.oidc_token = tasks_v2.OidcToken(service_account_email=INVOKER, audience="https://ours.example")
    client.create_task(parent=QUEUE, task=task)
    server.wait_until_idle(15)

    certs = IssuerServer(0, issuer)
    certs.start()
    token = target.requests[0].headers["Authorization"].removeprefix("Bearer ")
    claims = id_token.verify_token(token, AuthRequest(), audience="https://ours.example", certs_url=certs.certs_url)
    certs.stop()
    assert (claims["email"], claims["email_verified"], claims["iss"]) == (INVOKER, True, issuer.issuer_url)


def test_a_failed_task_is_tried_again_until_it_succeeds(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    target.answer = answering(500, 302, 404)
    client.create_task(parent=QUEUE, task=a_task(target.url, "stubborn"))
    server.wait_until_idle(15)

    assert [attempt.status for attempt in server.attempts()] == [500, 302, 404, 200]
    assert [r.headers["X-CloudTasks-TaskRetryCount"] for r in target.requests] == ["0", "1", "2", "3"]
    assert [r.headers["X-CloudTasks-TaskPreviousResponse"] for r in target.requests] == [None, "500", "302", "404"]
    assert {r.headers["X-CloudTasks-TaskName"] for r in target.requests} == {"stubborn"}


def test_a_task_is_given_up_after_max_attempts(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    target.answer = lambda _: Response(503)
    client.create_task(parent=QUEUE, task=a_task(target.url, "hopeless"))
    server.wait_until_idle(15)

    assert [attempt.number for attempt in server.attempts()] == [1, 2, 3, 4, 5]
    with pytest.raises(NotFound):
        client.get_task(name=f"{QUEUE}/tasks/hopeless")


def test_a_task_may_bring_its_own_retries(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    target.answer = lambda _: Response(503)
    client.create_task(parent=QUEUE, task=a_task(target.url, retry_config=tasks_v2.RetryConfig(max_attempts=1)))
    server.wait_until_idle(15)

    assert len(target.requests) == 1


def test_a_target_that_is_not_there_counts_as_a_failure(server: TasksServer, client: tasks_v2.CloudTasksClient) -> None:
    with Target() as gone:
        url = gone.url
    client.create_task(parent=QUEUE, task=a_task(url))
    server.wait_until_idle(15)

    assert [attempt.status for attempt in server.attempts()] == [0, 0, 0, 0, 0]


def test_an_answer_after_the_dispatch_deadline_counts_as_a_failure(issuer: Issuer, target: Target) -> None:
    gate = threading.Event()
    target.answer = held(gate)
    queue = tasks_v2.Queue(name=QUEUE, retry_config=tasks_v2.RetryConfig(max_attempts=1))
    server = TasksServer(0, issuer, [queue], dispatch_deadline_seconds=0.2)
    with served(server) as client:
        client.create_task(parent=QUEUE, task=a_task(target.url))
        server.wait_until_idle(15)
        gate.set()

        assert [attempt.status for attempt in server.attempts()] == [0]


def test_backoff_doubles_then_grows_linearly_up_to_its_maximum() -> None:
    retry = tasks_v2.RetryConfig(
        min_backoff=duration(datetime.timedelta(seconds=10)),
        max_backoff=duration(datetime.timedelta(seconds=300)),
        max_doublings=3,
    )

    assert [backoff_seconds(retry, failures) for failures in range(1, 9)] == [10, 20, 40, 80, 160, 240, 300, 300]


def test_without_limits_a_hundred_attempts_start_a_tenth_of_a_second_apart() -> None:
    retry = retry_with_defaults(tasks_v2.RetryConfig())

    assert (retry.max_attempts, backoff_seconds(retry, 1), backoff_seconds(retry, 100)) == (100, 0.1, 3600)


@pytest.mark.parametrize(
    ("max_attempts", "limit_seconds", "attempts", "seconds", "over"),
    [
        (5, 0, 4, 9999, False),
        (5, 0, 5, 1, True),
        (5, 60, 5, 59, False),
        (5, 60, 4, 61, False),
        (5, 60, 5, 61, True),
        (-1, 0, 9999, 9999, False),
        (-1, 60, 9999, 59, False),
        (-1, 60, 1, 60, True),
    ],
)
def test_attempts_end_when_their_number_and_their_time_are_used_up(
    max_attempts: int, limit_seconds: int, attempts: int, seconds: int, over: bool
) -> None:
    limit = datetime.timedelta(seconds=limit_seconds)
    retry = tasks_v2.RetryConfig(max_attempts=max_attempts, max_retry_duration=duration(limit))

    assert gives_up(retry, attempts, datetime.timedelta(seconds=seconds)) is over


# When


def test_a_scheduled_task_waits_for_its_time(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    at = in_seconds(1)
    client.create_task(parent=QUEUE, task=a_task(target.url, "later", schedule_time=timestamp(at)))
    client.create_task(parent=QUEUE, task=a_task(target.url, "now"))
    server.wait_until_idle(15)

    assert [request.headers["X-CloudTasks-TaskName"] for request in target.requests] == ["now", "later"]
    assert target.requests[1].headers["X-CloudTasks-TaskETA"] == f"{at.timestamp():.6f}"
    assert datetime.datetime.now(datetime.UTC) >= at


def test_a_scheduled_task_comes_once_when_the_clock_is_put_ahead_and_new_ones_are_for_that_time(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    client.create_task(parent=QUEUE, task=a_task(target.url, "hour", schedule_time=timestamp(in_seconds(3600))))
    client.create_task(parent=QUEUE, task=a_task(target.url, "soon", schedule_time=timestamp(in_seconds(0.3))))
    server.put_ahead(3600)
    client.create_task(parent=QUEUE, task=a_task(target.url, "past", schedule_time=timestamp(in_seconds(3500))))
    server.wait_until_idle(15)

    assert sorted(attempt.task.rpartition("/")[2] for attempt in server.attempts()) == ["hour", "past", "soon"]


def test_a_task_that_came_ahead_of_its_time_does_not_come_again_at_it(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    its_time_is_over = threading.Event()

    def answer(request: Request) -> Response:
        if request.headers["X-CloudTasks-TaskName"] == "after":
            its_time_is_over.set()
        else:
            its_time_is_over.wait(10)
        return Response(200)

    target.answer = answer
    client.create_task(parent=QUEUE, task=a_task(target.url, "soon", schedule_time=timestamp(in_seconds(0.2))))
    server.put_ahead(3600)
    client.create_task(parent=QUEUE, task=a_task(target.url, "after", schedule_time=timestamp(in_seconds(3600.4))))
    server.wait_until_idle(15)

    assert sorted(request.headers["X-CloudTasks-TaskName"] for request in target.requests) == ["after", "soon"]


def test_a_time_in_the_past_means_now(server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target) -> None:
    before = in_seconds(0)
    created = client.create_task(parent=QUEUE, task=a_task(target.url, schedule_time=timestamp(in_seconds(-3600))))
    server.wait_until_idle(15)

    assert moment(created.schedule_time) >= before
    assert len(target.requests) == 1


def test_a_paused_queue_holds_its_tasks_until_it_is_resumed(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    server.pause(QUEUE)
    client.create_task(parent=QUEUE, task=a_task(target.url, "held"))
    server.wait_until_idle(15)  # what is paused does not count as work
    assert target.requests == []

    server.resume(QUEUE)
    server.wait_until_idle(15)
    assert len(target.requests) == 1


def test_waiting_for_a_queue_that_never_gets_idle_names_what_is_left(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    client.create_task(parent=QUEUE, task=a_task(target.url, "tomorrow", schedule_time=timestamp(in_seconds(86400))))

    with pytest.raises(TimeoutError, match="tomorrow"):
        server.wait_until_idle(0.05)


def test_no_more_tasks_run_at_once_than_the_queue_allows(issuer: Issuer, target: Target) -> None:
    gate, running, most, lock = threading.Event(), 0, 0, threading.Lock()

    def answer(_: Request) -> Response:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        gate.wait(15)
        with lock:
            running -= 1
        return Response(200)

    target.answer = answer
    limits = tasks_v2.RateLimits(max_concurrent_dispatches=2)
    server = TasksServer(0, issuer, [tasks_v2.Queue(name=QUEUE, rate_limits=limits)])
    with served(server) as client:
        for _ in range(8):
            client.create_task(parent=QUEUE, task=a_task(target.url))
        eventually(lambda: len(target.requests) == 2)
        gate.set()
        server.wait_until_idle(15)

    assert (len(target.requests), most) == (8, 2)


# Names


def test_a_name_is_taken_while_its_task_lives_and_after(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    server.pause(QUEUE)
    client.create_task(parent=QUEUE, task=a_task(target.url, "once"))
    with pytest.raises(AlreadyExists):
        client.create_task(parent=QUEUE, task=a_task(target.url, "once"))

    server.resume(QUEUE)
    server.wait_until_idle(15)
    with pytest.raises(AlreadyExists, match="existed too recently"):
        client.create_task(parent=QUEUE, task=a_task(target.url, "once"))
    assert len(target.requests) == 1


def test_of_many_who_create_the_same_task_at_once_one_succeeds(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    outcomes: list[str] = []

    def create() -> None:
        try:
            client.create_task(parent=QUEUE, task=a_task(target.url, "race"))
            outcomes.append("created")
        except AlreadyExists:
            outcomes.append("refused")

    threads = [threading.Thread(target=create) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.wait_until_idle(15)

    assert sorted(outcomes) == ["created"] + ["refused"] * 11
    assert len(target.requests) == 1


def test_a_name_is_free_again_when_its_tombstone_is_old(issuer: Issuer, target: Target) -> None:
    server = TasksServer(0, issuer, [QUEUE], tombstone_seconds=0)
    with served(server) as client:
        client.create_task(parent=QUEUE, task=a_task(target.url, "again"))
        server.wait_until_idle(15)
        client.create_task(parent=QUEUE, task=a_task(target.url, "again"))
        server.wait_until_idle(15)

    assert len(target.requests) == 2


def test_a_deleted_task_does_not_run_and_its_name_stays_taken(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    server.pause(QUEUE)
    task = client.create_task(parent=QUEUE, task=a_task(target.url, "gone"))
    client.delete_task(name=task.name)
    server.resume(QUEUE)
    server.wait_until_idle(15)

    assert target.requests == []
    with pytest.raises(AlreadyExists):
        client.create_task(parent=QUEUE, task=a_task(target.url, "gone"))
    with pytest.raises(NotFound):
        client.delete_task(name=task.name)


@pytest.mark.parametrize("status", [200, 500])
def test_a_task_deleted_while_it_runs_is_over_however_it_ends(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target, status: int
) -> None:
    gate = threading.Event()

    def answer(_: Request) -> Response:
        gate.wait(15)
        return Response(status)

    target.answer = answer
    task = client.create_task(parent=QUEUE, task=a_task(target.url))
    eventually(lambda: len(target.requests) == 1)
    client.delete_task(name=task.name)
    gate.set()
    server.wait_until_idle(15)

    assert [attempt.status for attempt in server.attempts()] == [status]


def test_forgetting_frees_every_name_and_keeps_the_queues(
    server: TasksServer, client: tasks_v2.CloudTasksClient, target: Target
) -> None:
    client.create_task(parent=QUEUE, task=a_task(target.url, "once"))
    server.wait_until_idle(15)
    server.forget()

    assert server.attempts() == []
    client.create_task(parent=QUEUE, task=a_task(target.url, "once"))
    server.wait_until_idle(15)
    assert len(target.requests) == 2


# Reading


def test_tasks_with_their_bodies_and_queues_are_listed_by_name(
    server: TasksServer, client: tasks_v2.CloudTasksClient
) -> None:
    server.pause(QUEUE)
    for name in ("b", "a"):
        client.create_task(parent=QUEUE, task=a_task("http://127.0.0.1:1/", name, name.encode()))
    client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=f"{LOCATION}/queues/likes"))

    listed = [(task.name[-1], task.http_request.body) for task in client.list_tasks(parent=QUEUE)]
    assert listed == [("a", b"a"), ("b", b"b")]
    assert client.get_task(name=f"{QUEUE}/tasks/a").http_request.body == b"a"
    assert [queue.name for queue in client.list_queues(parent=LOCATION)] == [QUEUE, f"{LOCATION}/queues/likes"]


def test_a_failing_task_shows_its_attempts(issuer: Issuer, target: Target) -> None:
    target.answer = lambda _: Response(500)
    retry = tasks_v2.RetryConfig(min_backoff=duration(datetime.timedelta(hours=1)))
    server = TasksServer(0, issuer, [tasks_v2.Queue(name=QUEUE, retry_config=retry)])
    with served(server) as client:
        task = client.create_task(parent=QUEUE, task=a_task(target.url))
        eventually(lambda: len(server.attempts()) == 1)

        shown = client.get_task(name=task.name)
        assert (shown.dispatch_count, shown.response_count) == (1, 1)
        assert shown.last_attempt.response_status.code == 2


# Refusals


Call = Callable[[tasks_v2.CloudTasksClient], object]
MISSING = f"{LOCATION}/queues/missing"


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.create_task(parent=MISSING, task=a_task("http://127.0.0.1:1/")),
        lambda client: client.list_tasks(parent=MISSING),
        lambda client: client.get_task(name=f"{MISSING}/tasks/a"),
        lambda client: client.get_task(name=f"{QUEUE}/tasks/missing"),
    ],
)
def test_what_is_not_there_is_not_found(client: tasks_v2.CloudTasksClient, call: Call) -> None:
    with pytest.raises(NotFound):
        call(client)


def with_request(**fields: object) -> tasks_v2.Task:
    return tasks_v2.Task(http_request=tasks_v2.HttpRequest(**{"url": "http://127.0.0.1:1/", **fields}))


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.create_task(parent="generations", task=a_task("http://127.0.0.1:1/")),
        lambda client: client.create_task(parent=QUEUE, task=a_task("http://127.0.0.1:1/", "with space")),
        lambda client: client.create_task(parent=QUEUE, task=a_task("http://127.0.0.1:1/", "a/b")),
        lambda client: client.create_task(parent=QUEUE, task=a_task("http://127.0.0.1:1/", "x" * 501)),
        lambda client: client.create_task(
            parent=QUEUE, task=tasks_v2.Task(name=f"{MISSING}/tasks/a", http_request={"url": "http://127.0.0.1:1/"})
        ),
        lambda client: client.create_task(parent=QUEUE, task=tasks_v2.Task()),
        lambda client: client.create_task(parent=QUEUE, task=with_request(url="")),
        lambda client: client.create_task(parent=QUEUE, task=with_request(url="ftp://127.0.0.1/")),
        lambda client: client.create_task(parent=QUEUE, task=with_request(url="http://127.0.0.1:port/")),
        lambda client: client.create_task(parent=QUEUE, task=with_request(url="http://127.0.0.1/a b")),
        lambda client: client.create_task(parent=QUEUE, task=with_request(url="http://127.0.0.1/" + "a" * 2083)),
        lambda client: client.create_task(parent=QUEUE, task=with_request(body=b"x" * 102400)),
        lambda client: client.create_task(parent=QUEUE, task=with_request(body=b"x", http_method="GET")),
        lambda client: client.create_task(parent=QUEUE, task=with_request(headers={"X-A": "b\r\nX-C: d"})),
        lambda client: client.create_task(parent=QUEUE, task=with_request(headers={"X A": "b"})),
        lambda client: client.create_task(parent=QUEUE, task=with_request(oidc_token={"audience": "a"})),
        lambda client: client.create_task(
            parent=QUEUE, task=a_task("http://127.0.0.1:1/", dispatch_deadline=datetime.timedelta(seconds=14))
        ),
        lambda client: client.create_task(
            parent=QUEUE, task=a_task("http://127.0.0.1:1/", dispatch_deadline=datetime.timedelta(seconds=1801))
        ),
        lambda client: client.create_task(
            parent=QUEUE, task=a_task("http://127.0.0.1:1/", schedule_time=in_seconds(31 * 86400))
        ),
        lambda client: client.get_task(name=f"{QUEUE}/tasks/"),
        lambda client: client.list_queues(parent="demo-guilder"),
        lambda client: client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name="likes")),
        lambda client: client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=f"{LOCATION}/queues/a_b")),
    ],
)
def test_what_cloud_tasks_does_not_take_is_an_invalid_argument(
    server: TasksServer, client: tasks_v2.CloudTasksClient, call: Call
) -> None:
    with pytest.raises(InvalidArgument):
        call(client)

    server.wait_until_idle(0)
    assert server.attempts() == []


def test_a_queue_is_created_once(client: tasks_v2.CloudTasksClient) -> None:
    with pytest.raises(AlreadyExists):
        client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=QUEUE))


def test_what_is_not_played_says_so(client: tasks_v2.CloudTasksClient) -> None:
    with pytest.raises(MethodNotImplemented):
        client.purge_queue(name=QUEUE)


# Faults


def test_a_duplicated_task_is_delivered_twice_at_once_and_done_once(issuer: Issuer) -> None:
    meeting = threading.Barrier(2, timeout=15)  # either delivery waits for the other

    def answer(_: Request) -> Response:
        meeting.wait()
        return Response(200)

    server = TasksServer(0, issuer, [QUEUE], Faults(duplicate=1))
    with Target(answer) as target, served(server) as client:
        client.create_task(parent=QUEUE, task=a_task(target.url, "twin"))
        server.wait_until_idle(15)

        assert [r.headers["X-CloudTasks-TaskRetryCount"] for r in target.requests] == ["0", "0"]
        assert sorted(attempt.duplicate for attempt in server.attempts()) == [False, True]


def test_a_lost_acknowledgement_brings_the_task_again(issuer: Issuer, target: Target) -> None:
    queue = tasks_v2.Queue(name=QUEUE, retry_config=QUICK)
    server = TasksServer(0, issuer, [queue], Faults(lost_acknowledgement=1))
    with served(server) as client:
        client.create_task(parent=QUEUE, task=a_task(target.url))
        server.wait_until_idle(15)

    assert [(attempt.status, attempt.acknowledged) for attempt in server.attempts()] == [(200, False)] * 5


def attempts_under(issuer: Issuer, target: Target, faults: Faults) -> list[tuple[str, int, bool]]:
    server = TasksServer(0, issuer, [tasks_v2.Queue(name=QUEUE, retry_config=QUICK)], faults)
    with served(server) as client:
        for number in range(20):
            client.create_task(parent=QUEUE, task=a_task(target.url, f"task-{number}"))
        server.wait_until_idle(15)
    return sorted((attempt.task, attempt.number, attempt.duplicate) for attempt in server.attempts())


def test_the_same_seed_commits_the_same_faults(issuer: Issuer, target: Target) -> None:
    first = attempts_under(issuer, target, Faults(seed=1, duplicate=0.3, lost_acknowledgement=0.3))

    assert len(first) > 20
    assert attempts_under(issuer, target, Faults(seed=1, duplicate=0.3, lost_acknowledgement=0.3)) == first
    assert attempts_under(issuer, target, Faults(seed=2, duplicate=0.3, lost_acknowledgement=0.3)) != first


def test_an_order_that_was_never_promised_cannot_be_broken(issuer: Issuer) -> None:
    with pytest.raises(ValueError, match="no order"):
        TasksServer(0, issuer, faults=Faults(reorder=0.5))


# Stopping


def test_stopping_cuts_off_a_slow_target_and_frees_port_and_threads(issuer: Issuer, target: Target) -> None:
    gate = threading.Event()
    target.answer = held(gate)
    before = set(threading.enumerate())  # another test file's server may still be up
    server = TasksServer(0, issuer, [QUEUE])
    with served(server) as client:
        client.create_task(parent=QUEUE, task=a_task(target.url))
        eventually(lambda: len(target.requests) == 1)
    assert [attempt.status for attempt in server.attempts()] == [0]  # and not 200: it did not wait for the target
    gate.set()

    assert not [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("tasks-")]
    with served(TasksServer(server.port, issuer, [QUEUE])) as client:
        assert [queue.name for queue in client.list_queues(parent=LOCATION)] == [QUEUE]


def test_a_restarted_server_has_its_queues_and_no_tasks(server: TasksServer) -> None:
    with served(server) as client:
        server.pause(QUEUE)
        client.create_task(parent=QUEUE, task=a_task("http://127.0.0.1:1/"))

    with served(server) as client:
        [queue] = client.list_queues(parent=LOCATION)
        assert queue.state == tasks_v2.Queue.State.RUNNING
        assert list(client.list_tasks(parent=QUEUE)) == []
