"""The queues of the local Cloud Tasks: what is dispatched when, retried, remembered and forgotten. In memory only."""

import datetime
import functools
import itertools
import threading
import time
from collections import deque
from dataclasses import dataclass, field

import grpc
from google.cloud import tasks_v2

from local.google.oidc import Issuer
from local.google.proto_time import moment, span, timestamp
from local.google.tasks import rules
from local.google.tasks.rules import Refusal
from local.net.faults import Faults
from local.net.http_client import HttpClient, NoAnswer
from local.net.timers import Timers

TOMBSTONE_SECONDS = 3600.0
"""How long the name of a finished or deleted task stays taken; Cloud Tasks says up to 24 hours."""

DISPATCH_DEADLINE_SECONDS = 600.0  # of tasks that name none
MAX_THREADS = 32
"""Attempts under way at once over all queues, whatever their rate limits allow."""

_MAX_LOGGED_ATTEMPTS = 10_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request made for a task."""

    task: str
    number: int
    """From 1; a duplicate has the number of the attempt that it doubles."""
    status: int
    """What the target answered; 0 when it did not."""
    acknowledged: bool
    """Whether the answer was a success that arrived."""
    duplicate: bool


@dataclass(slots=True, eq=False)
class _Pending:
    """A task that is not done yet."""

    task: tasks_v2.Task
    schedules: int = 0
    """How often it was scheduled. Only the last of these comes due."""
    waits: bool = False
    """Whether its time is still to come."""
    last_status: int = 0
    first_attempt_at: datetime.datetime | None = None


@dataclass(slots=True, eq=False)
class _QueueState:
    """A queue with its tasks by name."""

    queue: tasks_v2.Queue
    tasks: dict[str, _Pending] = field(default_factory=dict)
    ready: deque[_Pending] = field(default_factory=deque)
    """Due, and waiting for the queue to run or for one of its dispatches to end."""
    dispatching: int = 0

    @property
    def running(self) -> bool:
        return self.queue.state == tasks_v2.Queue.State.RUNNING

    @property
    def full(self) -> bool:
        return self.dispatching >= self.queue.rate_limits.max_concurrent_dispatches


class TaskQueues:
    """Every queue and every task. All methods are safe to call from any thread; messages they return are copies."""

    def __init__(
        self,
        issuer: Issuer,
        faults: Faults,
        tombstone_seconds: float = TOMBSTONE_SECONDS,
        dispatch_deadline_seconds: float = DISPATCH_DEADLINE_SECONDS,
    ) -> None:
        self._issuer = issuer
        self._faults = faults
        self._tombstone_seconds = tombstone_seconds
        self._dispatch_deadline_seconds = dispatch_deadline_seconds
        self._changed = threading.Condition(threading.RLock())
        self._states: dict[str, _QueueState] = {}
        self._tombstones: dict[str, float] = {}  # task name → monotonic time of its end, oldest first
        self._numbers = itertools.count(1)
        self._in_flight = 0
        self._attempts: deque[Attempt] = deque(maxlen=_MAX_LOGGED_ATTEMPTS)
        self._client = HttpClient()
        self._timers = Timers("tasks", MAX_THREADS)
        self._ahead_seconds = 0

    def start(self) -> None:
        self._timers.start()

    def stop(self) -> None:
        self._client.close()
        self._timers.stop()

    def put_ahead(self, seconds: int) -> None:
        """Lives so many seconds ahead of the real time. Tasks whose time has come are dispatched."""
        with self._changed:
            if seconds == self._ahead_seconds:
                return
            self._ahead_seconds = seconds
            for state in self._states.values():
                for pending in state.tasks.values():
                    if pending.waits:
                        self._schedule(state, pending)

    # Queues

    def create_queue(self, queue: tasks_v2.Queue) -> tasks_v2.Queue:
        rules.check_queue_name(queue.name)
        with self._changed:
            if queue.name in self._states:
                raise Refusal(grpc.StatusCode.ALREADY_EXISTS, "Queue already exists")
            self._states[queue.name] = _QueueState(rules.queue_with_defaults(queue))
            return tasks_v2.Queue(self._states[queue.name].queue)

    def delete_queue(self, name: str) -> None:
        """Deletes the queue with its tasks; attempts that are under way continue."""
        with self._changed:
            state = self._state(name)
            for pending in list(state.tasks.values()):
                self._end(state, pending)
            del self._states[name]

    def list_queues(self, location: str) -> list[tasks_v2.Queue]:
        """The queues of a location, by name."""
        rules.check_location_name(location)
        with self._changed:
            names = sorted(name for name in self._states if name.startswith(f"{location}/queues/"))
            return [tasks_v2.Queue(self._states[name].queue) for name in names]

    def pause_queue(self, name: str) -> None:
        """Nothing is dispatched from now on; attempts that are under way continue."""
        self._set_state(name, tasks_v2.Queue.State.PAUSED)

    def resume_queue(self, name: str) -> None:
        self._set_state(name, tasks_v2.Queue.State.RUNNING)

    # Tasks

    def create_task(self, queue_name: str, task: tasks_v2.Task) -> tasks_v2.Task:
        with self._changed:
            now = self._now()
            state = self._state(queue_name)
            rules.check_new_task(task, queue_name, now)
            if task.name in state.tasks:
                raise Refusal(grpc.StatusCode.ALREADY_EXISTS, "Requested entity already exists")
            if self._lies_buried(task.name):
                raise Refusal(
                    grpc.StatusCode.ALREADY_EXISTS,
                    "The task cannot be created because a task with this name existed too recently. "
                    "For more information about task de-duplication see "
                    "https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create"
                    "#body.request_body.FIELDS.task.",
                )
            pending = _Pending(self._accepted(queue_name, task, now))
            state.tasks[pending.task.name] = pending
            self._schedule(state, pending)
            return tasks_v2.Task(pending.task)

    def get_task(self, name: str) -> tasks_v2.Task:
        with self._changed:
            return tasks_v2.Task(self._pending(name)[1].task)

    def list_tasks(self, queue_name: str) -> list[tasks_v2.Task]:
        """The tasks of a queue that are not done, by name."""
        with self._changed:
            return [tasks_v2.Task(pending.task) for _, pending in sorted(self._state(queue_name).tasks.items())]

    def delete_task(self, name: str) -> None:
        with self._changed:
            self._end(*self._pending(name))

    # For tests

    def attempts(self) -> list[Attempt]:
        """The last 10 000 attempts, in the order in which they ended."""
        with self._changed:
            return list(self._attempts)

    def wait_until_idle(self, timeout_seconds: float) -> None:
        """Returns once no attempt is under way and no queue that runs holds a task, scheduled ones included.

        Raises:
            TimeoutError: there is work left; the message names it.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: not self._in_flight and not self._work(), timeout_seconds):
                raise TimeoutError(f"{self._in_flight} attempts under way; tasks left: {self._work()[:10]}")

    def forget(self) -> None:
        """Deletes all tasks, and forgets finished ones with their names and attempts; the queues stay."""
        with self._changed:
            for state in self._states.values():
                for pending in list(state.tasks.values()):
                    self._end(state, pending)
            self._tombstones.clear()
            self._attempts.clear()

    def _work(self) -> list[str]:
        return [name for state in self._states.values() if state.running for name in state.tasks]

    # Everything below is called with the lock held, except where it says so.

    def _state(self, queue_name: str) -> _QueueState:
        rules.check_queue_name(queue_name)
        if queue_name not in self._states:
            raise Refusal(
                grpc.StatusCode.NOT_FOUND,
                "Queue does not exist. If you just created the queue, wait at least a minute "
                "for the queue to initialize.",
            )
        return self._states[queue_name]

    def _pending(self, name: str) -> tuple[_QueueState, _Pending]:
        rules.check_task_name(name)
        state = self._state(rules.queue_of(name))
        if name in state.tasks:
            return state, state.tasks[name]
        if self._lies_buried(name):
            raise Refusal(
                grpc.StatusCode.NOT_FOUND,
                "The task no longer exists, though a task with this name existed recently. "
                "The task either successfully completed or was deleted.",
            )
        raise Refusal(grpc.StatusCode.NOT_FOUND, "Requested entity was not found.")

    def _lies_buried(self, task_name: str) -> bool:
        """Whether a task of this name ended not long ago; forgets those that ended long ago."""
        now = time.monotonic() + self._ahead_seconds
        while self._tombstones:
            oldest = next(iter(self._tombstones))
            if now - self._tombstones[oldest] < self._tombstone_seconds:
                break
            del self._tombstones[oldest]
        return task_name in self._tombstones

    def _accepted(self, queue_name: str, task: tasks_v2.Task, now: datetime.datetime) -> tasks_v2.Task:
        """``task`` as Cloud Tasks keeps it: named, scheduled, and with nothing in its output-only fields."""
        accepted = tasks_v2.Task(
            name=task.name or f"{queue_name}/tasks/{next(self._numbers):020d}",
            http_request=task.http_request,
            create_time=now.replace(microsecond=0),
            schedule_time=max(moment(task.schedule_time), now) if "schedule_time" in task else now,
        )
        accepted.http_request.http_method = tasks_v2.HttpMethod(
            task.http_request.http_method or tasks_v2.HttpMethod.POST
        )
        if "dispatch_deadline" in task:
            accepted.dispatch_deadline = task.dispatch_deadline
        if "retry_config" in task:
            accepted.retry_config = rules.retry_with_defaults(task.retry_config)
        return accepted

    def _set_state(self, name: str, new_state: int) -> None:
        with self._changed:
            state = self._state(name)
            state.queue.state = tasks_v2.Queue.State(new_state)
            self._dispatch_ready(state)
            self._changed.notify_all()

    def _schedule(self, state: _QueueState, pending: _Pending) -> None:
        delay = (moment(pending.task.schedule_time) - self._now()).total_seconds()
        pending.waits = True
        pending.schedules += 1
        self._timers.call_in(delay, functools.partial(self._come_due, state, pending, pending.schedules))

    def _come_due(self, state: _QueueState, pending: _Pending, schedule: int) -> None:
        """Called by a timer, without the lock."""
        with self._changed:
            if schedule != pending.schedules:
                return
            pending.waits = False
            state.ready.append(pending)
            self._dispatch_ready(state)

    def _dispatch_ready(self, state: _QueueState) -> None:
        while state.ready and state.running and not state.full:
            pending = state.ready.popleft()
            if state.tasks.get(pending.task.name) is pending:  # and was not deleted
                self._dispatch(state, pending)

    def _dispatch(self, state: _QueueState, pending: _Pending) -> None:
        task, now = pending.task, self._now()
        task.dispatch_count += 1
        if pending.first_attempt_at is None:
            pending.first_attempt_at = now
            task.first_attempt = tasks_v2.Attempt(dispatch_time=now)
        task.last_attempt = tasks_v2.Attempt(schedule_time=task.schedule_time, dispatch_time=now)
        state.dispatching += 1
        snapshot = tasks_v2.Task(task)
        self._send(state, pending, snapshot, duplicate=False)
        if self._faults.duplicates(_delivery(snapshot)):
            self._send(state, pending, snapshot, duplicate=True)

    def _send(self, state: _QueueState, pending: _Pending, snapshot: tasks_v2.Task, *, duplicate: bool) -> None:
        self._in_flight += 1
        headers = dict(rules.dispatch_headers(snapshot, pending.last_status))
        attempt = functools.partial(self._attempt, state, pending, snapshot, headers, duplicate)
        self._timers.call_in(0, attempt)

    def _attempt(
        self, state: _QueueState, pending: _Pending, snapshot: tasks_v2.Task, headers: dict[str, str], duplicate: bool
    ) -> None:
        """Called by a timer, without the lock."""
        status = self._answer_to(snapshot, headers)
        lost = self._faults.loses_acknowledgement(_delivery(snapshot))
        attempt = Attempt(
            task=snapshot.name,
            number=snapshot.dispatch_count,
            status=status,
            acknowledged=200 <= status < 300 and not lost,
            duplicate=duplicate,
        )
        with self._changed:
            self._in_flight -= 1
            self._attempts.append(attempt)
            if not duplicate:  # what becomes of the task is decided by the attempt that was meant
                state.dispatching -= 1
                self._settle(state, pending, attempt)
            self._dispatch_ready(state)
            self._changed.notify_all()

    def _answer_to(self, task: tasks_v2.Task, headers: dict[str, str]) -> int:
        """The status that the target answers, 0 for none. Called without the lock."""
        request, token = task.http_request, task.http_request.oidc_token
        if token.service_account_email:
            minted = self._issuer.mint(token.service_account_email, token.audience or request.url)
            headers = headers | {"Authorization": f"Bearer {minted}"}
        has_deadline = "dispatch_deadline" in task
        timeout_seconds = (
            span(task.dispatch_deadline).total_seconds() if has_deadline else self._dispatch_deadline_seconds
        )
        method = tasks_v2.HttpMethod(request.http_method).name
        try:
            return self._client.send(method, request.url, headers, request.body, timeout_seconds).status
        except NoAnswer:
            return 0

    def _settle(self, state: _QueueState, pending: _Pending, attempt: Attempt) -> None:
        """Ends the task, or plans the next attempt at it."""
        task, now = pending.task, self._now()
        if state.tasks.get(task.name) is not pending:
            return  # deleted while the attempt was under way
        pending.last_status = attempt.status
        if attempt.status:
            task.response_count += 1
            task.last_attempt.response_time = timestamp(now)
            task.last_attempt.response_status = {"code": 0 if attempt.acknowledged else 2}  # OK, UNKNOWN
        retry = task.retry_config if "retry_config" in task else state.queue.retry_config
        tried_for = now - (pending.first_attempt_at or now)
        if attempt.acknowledged or rules.gives_up(retry, task.dispatch_count, tried_for):
            self._end(state, pending)
            return
        backoff = datetime.timedelta(seconds=rules.backoff_seconds(retry, task.dispatch_count))
        task.schedule_time = timestamp(now + backoff)
        self._schedule(state, pending)

    def _end(self, state: _QueueState, pending: _Pending) -> None:
        del state.tasks[pending.task.name]
        self._tombstones[pending.task.name] = time.monotonic() + self._ahead_seconds
        self._changed.notify_all()

    def _now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=self._ahead_seconds)


def _delivery(task: tasks_v2.Task) -> str:
    return f"{task.name}/{task.dispatch_count}"
