"""Needs the local Cloud Scheduler and OIDC issuer, started here."""

import datetime
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.auth.transport.requests import Request as AuthRequest
from google.oauth2 import id_token

from local.google.oidc import Issuer, IssuerServer
from local.google.scheduler import Job, Scheduler, interval_seconds
from local.net.http_client import HttpClient
from local.net.http_server import Request, Response
from tests.support.target import Target, eventually

INVOKER = "invoker@demo-guilder.iam.gserviceaccount.com"
AUDIENCE = "https://ours.example/audit-balances"
AN_HOUR = 3600.0


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def target() -> Iterator[Target]:
    with Target() as target:
        yield target


@pytest.fixture
def schedulers(issuer: Issuer) -> Iterator[Callable[..., Scheduler]]:
    """Starts schedulers, and stops them after the test."""
    started: list[Scheduler] = []

    def start(*jobs: Job) -> Scheduler:
        scheduler = Scheduler(0, issuer, INVOKER, jobs)
        scheduler.start()
        started.append(scheduler)
        return scheduler

    yield start
    for scheduler in started:
        scheduler.stop()


def audit(target: Target, interval_seconds: float = AN_HOUR) -> Job:
    return Job("audit-balances", f"{target.url}audit-balances", AUDIENCE, interval_seconds)


def call(scheduler: Scheduler, method: str, path: str) -> tuple[int, Any]:
    answer = HttpClient().send(method, f"{scheduler.url}{path}", {}, b"", 10)
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [("*/5 * * * *", 300), ("0 * * * *", 3600), ("30 * * * *", 3600), ("30 3 * * *", 86_400), ("40 3 * * 0", 604_800)],
)
def test_a_schedule_is_played_as_an_interval(schedule: str, seconds: float) -> None:
    assert interval_seconds(schedule) == seconds


@pytest.mark.parametrize("schedule", ["0 3 1 * *", "0 3 * * 1-5", "0,30 * * * *", "0 */2 * * *", "*/5 3 * * *"])
def test_a_schedule_that_is_not_an_interval_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError, match="is not every so many minutes, every hour, day or week"):
        interval_seconds(schedule)


def test_a_job_is_called_at_its_interval_again_and_again(schedulers: Callable[..., Scheduler], target: Target) -> None:
    schedulers(audit(target, interval_seconds=0.05))

    eventually(lambda: len(target.requests) >= 3)
    assert {(request.method, request.path) for request in target.requests} == {("POST", "/audit-balances")}


def test_a_job_is_not_called_before_its_interval_is_over(schedulers: Callable[..., Scheduler], target: Target) -> None:
    slow, quick = audit(target), Job("quick", f"{target.url}quick", AUDIENCE, 0.05)
    schedulers(slow, quick)

    eventually(lambda: len(target.requests) >= 3)
    assert {request.path for request in target.requests} == {"/quick"}


def test_a_job_whose_time_has_come_runs_once_when_the_clock_is_put_ahead(
    schedulers: Callable[..., Scheduler], target: Target
) -> None:
    hourly, daily = audit(target), Job("daily", f"{target.url}daily", AUDIENCE, 24 * AN_HOUR)
    scheduler = schedulers(hourly, daily)

    scheduler.put_ahead(3 * 3600)
    eventually(lambda: bool(target.requests))
    scheduler.put_ahead(30 * 3600)
    eventually(lambda: any(request.path == "/daily" for request in target.requests))

    paths = [request.path for request in target.requests]
    # The hourly one may still have been running when the clock went on, and waits for its next hour then.
    assert (paths.count("/daily"), paths.count("/audit-balances") in (1, 2)) == (1, True)


def test_a_job_that_runs_is_not_started_again_by_the_clock(
    schedulers: Callable[..., Scheduler], target: Target
) -> None:
    gate = threading.Event()

    def answer(request: Request) -> Response:
        if request.path == "/audit-balances":
            gate.wait(15)
        return Response(200)

    target.answer = answer
    scheduler = schedulers(audit(target), Job("daily", f"{target.url}daily", AUDIENCE, 24 * AN_HOUR))
    scheduler.put_ahead(3 * 3600)
    eventually(lambda: len(target.requests) == 1)
    scheduler.put_ahead(30 * 3600)
    eventually(lambda: any(request.path == "/daily" for request in target.requests))
    audits = sum(request.path == "/audit-balances" for request in target.requests)
    gate.set()

    assert audits == 1


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_failing_job_goes_on(schedulers: Callable[..., Scheduler], target: Target, status: int) -> None:
    target.answer = lambda _: Response(status)
    schedulers(audit(target, interval_seconds=0.05))

    eventually(lambda: len(target.requests) >= 2)


def test_a_job_never_overlaps_itself(schedulers: Callable[..., Scheduler], target: Target) -> None:
    gate = threading.Event()

    def answer(request: Request) -> Response:
        if request.path == "/audit-balances":
            gate.wait(15)
        return Response(200)

    target.answer = answer
    schedulers(audit(target, interval_seconds=0.02), Job("quick", f"{target.url}quick", AUDIENCE, 0.02))
    eventually(lambda: sum(request.path == "/quick" for request in target.requests) >= 5)
    audits = sum(request.path == "/audit-balances" for request in target.requests)
    gate.set()

    assert audits == 1


def test_a_call_looks_like_cloud_schedulers(
    schedulers: Callable[..., Scheduler], target: Target, issuer: Issuer
) -> None:
    scheduler = schedulers(audit(target))
    call(scheduler, "POST", "/v1/jobs/audit-balances:run")

    headers = target.requests[0].headers
    assert headers["User-Agent"] == "Google-Cloud-Scheduler"
    assert headers["X-CloudScheduler"] == "true"
    assert headers["X-CloudScheduler-JobName"] == "audit-balances"
    assert datetime.datetime.fromisoformat(headers["X-CloudScheduler-ScheduleTime"]).tzinfo == datetime.UTC
    certs = IssuerServer(0, issuer)
    certs.start()
    token = headers["Authorization"].removeprefix("Bearer ")
    claims = id_token.verify_token(token, AuthRequest(), audience=AUDIENCE, certs_url=certs.certs_url)
    certs.stop()
    assert (claims["email"], claims["email_verified"]) == (INVOKER, True)


def test_a_job_sends_its_body_and_headers(schedulers: Callable[..., Scheduler], target: Target) -> None:
    content_type = {"Content-Type": "application/json"}
    scheduler = schedulers(Job("sweep", target.url, AUDIENCE, AN_HOUR, body=b"{}", headers=content_type))
    call(scheduler, "POST", "/v1/jobs/sweep:run")

    assert target.requests[0].body == b"{}"
    assert target.requests[0].headers.get_all("Content-Type") == ["application/json"]


def test_what_is_posted_to_run_a_job_takes_the_place_of_its_body(
    schedulers: Callable[..., Scheduler], target: Target
) -> None:
    scheduler = schedulers(Job("sweep", target.url, AUDIENCE, AN_HOUR, body=b"{}"))

    for body in (b'{"full": true}', b""):
        HttpClient().send("POST", f"{scheduler.url}/v1/jobs/sweep:run", {}, body, 10)

    assert [request.body for request in target.requests] == [b'{"full": true}', b"{}"]


def test_running_a_job_by_hand_answers_with_what_its_target_answered(
    schedulers: Callable[..., Scheduler], target: Target
) -> None:
    target.answer = lambda _: Response(409, b'{"title": "no"}')
    scheduler = schedulers(audit(target))

    assert call(scheduler, "POST", "/v1/jobs/audit-balances:run") == (200, {"status": 409, "body": '{"title": "no"}'})


def test_running_a_job_whose_target_is_not_there_is_a_bad_gateway(schedulers: Callable[..., Scheduler]) -> None:
    with Target() as gone:
        job = audit(gone)
    status, content = call(schedulers(job), "POST", "/v1/jobs/audit-balances:run")

    assert status == 502
    assert "audit-balances" in content["error"]


def test_the_jobs_are_listed(schedulers: Callable[..., Scheduler], target: Target) -> None:
    scheduler = schedulers(audit(target))

    assert call(scheduler, "GET", "/v1/jobs") == (
        200,
        {
            "jobs": [
                {
                    "name": "audit-balances",
                    "url": f"{target.url}audit-balances",
                    "audience": AUDIENCE,
                    "intervalSeconds": 3600.0,
                }
            ]
        },
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/jobs/unknown:run", 404),
        ("POST", "/v1/jobs/audit-balances", 404),
        ("POST", "/v1/jobs", 404),
        ("GET", "/", 404),
        ("GET", "/v1/jobs/audit-balances:run", 405),
    ],
)
def test_anything_else_is_refused(
    schedulers: Callable[..., Scheduler], target: Target, method: str, path: str, status: int
) -> None:
    assert call(schedulers(audit(target)), method, path)[0] == status
    assert target.requests == []


@pytest.mark.parametrize("interval_seconds", [0, -1])
def test_an_interval_is_positive(target: Target, interval_seconds: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        audit(target, interval_seconds)


def test_stopping_cuts_off_a_slow_target_and_frees_port_and_threads(
    issuer: Issuer, target: Target, caplog: pytest.LogCaptureFixture
) -> None:
    gate, finished = threading.Event(), threading.Event()

    def answer(_: Request) -> Response:
        if gate.wait(15):
            finished.set()
        return Response(200)

    target.answer = answer
    scheduler = Scheduler(0, issuer, INVOKER, [audit(target, interval_seconds=0.01)])
    scheduler.start()
    eventually(lambda: len(target.requests) == 1)
    scheduler.stop()
    gate.set()
    eventually(finished.is_set)  # the target was still at work when the scheduler had stopped

    assert caplog.messages == []  # nothing is wrong with the target
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("scheduler-")]
    scheduler.start()
    assert call(scheduler, "GET", "/v1/jobs")[0] == 200
    scheduler.stop()
