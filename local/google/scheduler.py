"""A local Cloud Scheduler: calls its jobs at intervals, and immediately on request.

    GET  /v1/jobs             ->  200 { "jobs": [ { "name", "url", "audience", "intervalSeconds" } ] }
    POST /v1/jobs/{name}:run  ->  200 { "status": 200, "body": "…" }, what the job's target answered; what is posted,
                                  if anything, takes the place of the job's own body

An unknown job is answered 404, and a target that does not answer 502 with ``error``. A job whose target fails is not
retried: it runs again after its interval, as in Cloud Scheduler without a retry configuration.
"""

import datetime
import functools
import json
import logging
import math
import threading
import time
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from local.google.oidc import Issuer
from local.net.http_client import Answer, HttpClient, NoAnswer
from local.net.http_server import HttpServer, Request, Response
from local.net.timers import Timers

ATTEMPT_DEADLINE_SECONDS = 180.0  # Cloud Scheduler's default for HTTP targets
_THREADS = 4

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A POST to ``url``, with a token for ``audience``, every ``interval_seconds``; the first after one interval."""

    name: str
    url: str
    audience: str
    interval_seconds: float
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.interval_seconds <= 0:
            raise ValueError(f"{self.name}: the interval must be positive.")


def interval_seconds(schedule: str) -> float:
    """The seconds between two times of a cron schedule: every so many minutes, every hour, every day or every week.

    Raises:
        ValueError: it means something else, which nothing here can be called by.
    """
    minute, hour, *days = schedule.split()
    if minute.isdecimal() and hour.isdecimal() and days[:2] == ["*", "*"] and days[2].isdecimal():
        return 7 * 86_400.0
    if days == ["*", "*", "*"]:
        if minute.startswith("*/") and hour == "*":
            return 60.0 * int(minute[2:])
        if minute.isdecimal() and hour == "*":
            return 3600.0
        if minute.isdecimal() and hour.isdecimal():
            return 86_400.0
    raise ValueError(f"{schedule!r} is not every so many minutes, every hour, day or week.")


class Scheduler:
    """Runs ``jobs`` with tokens of the service account ``invoker_email``."""

    def __init__(self, port: int, issuer: Issuer, invoker_email: str, jobs: Iterable[Job]) -> None:
        self._server = HttpServer(port, self._answer)
        self._issuer = issuer
        self._invoker_email = invoker_email
        self._jobs = {job.name: job for job in jobs}
        self._client = HttpClient()
        self._timers = Timers("scheduler", _THREADS)
        self._lock = threading.Lock()
        self._ahead_seconds = 0
        self._due: dict[str, float] = {}  # when each job runs next, in Unix seconds of the time that is lived by

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._client = HttpClient()
        self._timers = Timers("scheduler", _THREADS)
        self._timers.start()
        for job in self._jobs.values():
            self._schedule(job)
        self._server.start()

    def put_ahead(self, seconds: int) -> None:
        """Lives so many seconds ahead of the real time. A job whose time has come runs, once however often it came."""
        with self._lock:
            moved, self._ahead_seconds = seconds - self._ahead_seconds, seconds
            due = [(moment, name) for name, moment in self._due.items() if moment <= self._now()] if moved > 0 else []
            for _, name in sorted(due):
                self._due[name] = math.inf  # until it has run
                self._timers.call_in(0, functools.partial(self._fire, self._jobs[name]))

    def _schedule(self, job: Job) -> None:
        with self._lock:
            moment = self._due[job.name] = self._now() + job.interval_seconds
            self._timers.call_in(job.interval_seconds, functools.partial(self._fire_at, job, moment))

    def _fire_at(self, job: Job, moment: float) -> None:
        with self._lock:
            if self._due[job.name] != moment:
                return
            self._due[job.name] = math.inf
        self._fire(job)

    def _now(self) -> float:
        return time.time() + self._ahead_seconds

    def stop(self) -> None:
        self._client.close()
        self._server.stop()
        self._timers.stop()

    def _fire(self, job: Job) -> None:
        try:
            answer = self._run(job)
        except NoAnswer as problem:
            if self._client.is_closed:
                return  # the cloud is being stopped, and nobody has to be told
            _log.warning("Job %s got no answer: %s", job.name, problem)
        else:
            if not 200 <= answer.status < 300:
                _log.warning("Job %s was answered with status %d.", job.name, answer.status)
        # Only after the call, because Cloud Scheduler never starts a job that is still running.
        self._schedule(job)

    def _run(self, job: Job, body: bytes = b"") -> Answer:
        body = body or job.body
        content_type = {"Content-Type": "application/octet-stream"} if body else {}
        headers = content_type | {
            **job.headers,
            "User-Agent": "Google-Cloud-Scheduler",
            "X-CloudScheduler": "true",
            "X-CloudScheduler-JobName": job.name,
            "X-CloudScheduler-ScheduleTime": datetime.datetime.fromtimestamp(self._now(), datetime.UTC).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
            "Authorization": f"Bearer {self._issuer.mint(self._invoker_email, job.audience)}",
        }
        return self._client.send("POST", job.url, headers, body, ATTEMPT_DEADLINE_SECONDS)

    def _answer(self, request: Request) -> Response:
        path = urllib.parse.unquote(urllib.parse.urlsplit(request.path).path)
        if (request.method, path) == ("GET", "/v1/jobs"):
            return _json(200, {"jobs": [_shown(job) for job in self._jobs.values()]})
        name = path.removeprefix("/v1/jobs/").removesuffix(":run")
        if path != f"/v1/jobs/{name}:run" or name not in self._jobs:
            return _json(404, {"error": f"There is nothing at {path}."})
        if request.method != "POST":
            return _json(405, {"error": "POST runs a job."})
        try:
            answer = self._run(self._jobs[name], request.body)
        except NoAnswer as problem:
            return _json(502, {"error": str(problem)})
        return _json(200, {"status": answer.status, "body": answer.body.decode(errors="replace")})


def _shown(job: Job) -> dict[str, object]:
    return {
        "name": job.name,
        "url": job.url,
        "audience": job.audience,
        "intervalSeconds": job.interval_seconds,
    }


def _json(status: int, content: Mapping[str, object]) -> Response:
    return Response(status, json.dumps(content).encode(), {"Content-Type": "application/json"})
