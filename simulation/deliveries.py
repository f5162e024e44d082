"""The deliveries to the functions, at least once and in any order: tasks, Firestore events and Stripe's webhooks."""

import datetime
import functools
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from google.cloud.firestore_v1 import _helpers, types
from google.events.cloud.firestore_v1 import DocumentEventData

from local.stripe.webhooks import signature
from shared.manifest import FUNCTIONS, STRIPE_EVENTS
from simulation.cloud_tasks import QueuedTask
from simulation.mirror import Change, Fields
from simulation.world import INTERNAL_URL, WEBHOOK_SECRET, Answer, World

TRIGGERS = {it.path.partition("/")[0]: name for name, it in FUNCTIONS.items() if it.is_trigger}
"""The function that is told of a collection's writes."""

MAXIMUM_BACKOFF_SECONDS = 60

Kind = Literal["task", "event", "webhook"]


@dataclass(slots=True, eq=False)
class Delivery:
    """A delivery that is made at ``at`` or later, until it is answered 2xx."""

    kind: Kind
    function: str
    name: str
    about: str
    """The generation, post or session that it is about."""
    send: Callable[[], Answer | None]
    at: datetime.datetime
    attempts: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.function} {self.name.rsplit('/', 1)[-1]}"


class Deliveries:
    """All deliveries that are not done."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.pending: list[Delivery] = []
        world.on_task = self._take_task
        world.on_commit = self._take_events

    def due(self) -> list[Delivery]:
        """Returns the deliveries that are due."""
        now = self._world.clock.now()
        return [delivery for delivery in self.pending if delivery.at <= now]

    def collect_webhooks(self) -> None:
        """Takes Stripe's new events of the types that the webhook endpoint asks for."""
        for event in self._world.stripe.new_events():
            if event["type"] not in STRIPE_EVENTS:
                continue
            subject = event["data"]["object"]
            name = f"{event['type']} {subject['id'][:16]}"
            body = json.dumps(event, indent=2).encode()
            self._add("webhook", "stripe_webhook", name, subject["id"], functools.partial(self._send_webhook, body))

    def deliver(self, delivery: Delivery, acknowledged: bool = True, again: bool = False) -> Answer | None:
        """Makes one attempt. A delivery that was not ``acknowledged``, or is to come ``again``, stays."""
        answer = delivery.send()
        delivery.attempts += 1
        if answer is not None and answer.is_success and acknowledged:
            if not again:
                self.drop(delivery)
        else:
            # Capped: a delivery without an answer may come at any time.
            seconds = min(2 ** min(delivery.attempts, 10), MAXIMUM_BACKOFF_SECONDS)
            delivery.at = self._world.clock.now() + datetime.timedelta(seconds=seconds)
        return answer

    def drop(self, delivery: Delivery) -> None:
        """Removes a delivery that is done or lost for good."""
        if delivery in self.pending:  # two in parallel may both be done
            self.pending.remove(delivery)
            if delivery.kind == "task":
                self._world.tasks.done(delivery.name)

    def _add(
        self,
        kind: Kind,
        function: str,
        name: str,
        about: str,
        send: Callable[[], Answer | None],
        at: datetime.datetime | None = None,
    ) -> None:
        self.pending.append(Delivery(kind, function, name, about, send, at or self._world.clock.now()))

    def _take_task(self, task: QueuedTask) -> None:
        function = task.url.removeprefix(f"{INTERNAL_URL}/").replace("-", "_")
        payload = json.loads(task.body)
        about = payload.get("generationId") or payload.get("postId") or payload.get("userId")
        send = functools.partial(self._world.call_as_google, function, task.body)
        self._add("task", function, task.name, about, send, task.at)

    def _take_events(self, changes: Sequence[Change]) -> None:
        for change in changes:
            # Deleting a document that does not exist is not an event.
            if change.collection in TRIGGERS and (change.before or change.after):
                function = TRIGGERS[change.collection]
                fields = change.after or change.before or {}
                about = fields.get("postId", change.id)
                send = functools.partial(self._world.call, function, *_cloud_event(self._world.project, change))
                self._add("event", function, change.id, about, send)

    def _send_webhook(self, body: bytes) -> Answer | None:
        # Stripe signs every attempt anew.
        header = signature(body.decode(), WEBHOOK_SECRET, int(self._world.clock.timestamp()))
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": header}
        return self._world.call("stripe_webhook", headers, body)


def _cloud_event(project: str, change: Change) -> tuple[dict[str, str], bytes]:
    """Returns the headers and the body of Eventarc's request."""
    database = f"projects/{project}/databases/(default)"
    path = f"{change.collection}/{change.id}"
    event: Any = DocumentEventData()
    for field, fields in (("value", change.after), ("old_value", change.before)):
        if fields is not None:
            DocumentEventData.pb(event).MergeFromString(_as_event(field, f"{database}/documents/{path}", fields))
    headers = {
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.firestore.document.v1.written",
        "ce-source": f"//firestore.googleapis.com/{database}",
        "ce-subject": f"documents/{path}",
        "ce-document": path,
        "ce-id": uuid.uuid4().hex,
        "ce-time": "2026-11-02T09:00:00Z",
        "content-type": "application/protobuf",
    }
    return headers, DocumentEventData.serialize(event)


def _as_event(field: str, name: str, fields: Fields) -> bytes:
    """Returns an event with the document as its old or its new value."""
    event: Any = DocumentEventData()
    document = getattr(DocumentEventData.pb(event), field)
    document.name = name
    for key, value in _helpers.encode_dict(fields).items():
        # The event's own value types are Firestore's on the wire.
        document.fields[key].ParseFromString(types.Value.pb(value).SerializeToString())
    return bytes(DocumentEventData.serialize(event))
