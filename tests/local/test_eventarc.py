"""Needs the Firestore emulator with its triggers; the local Eventarc and the functions framework are started here."""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import functions_framework
import pytest
from cloudevents.http import CloudEvent, from_http
from google.cloud import firestore
from google.events.cloud.firestore_v1 import DocumentEventData

from local.google.eventarc import Eventarc, register_triggers
from local.google.firestore_emulator import FirestoreEmulator
from local.net.faults import Faults
from local.net.http_client import HttpClient, NoAnswer
from local.net.http_server import Request, Response, WsgiServer
from tests.support.target import Target, eventually

PROJECT = "demo-eventarc"
DATABASE = f"projects/{PROJECT}/databases/(default)"

EVENT_HEADERS = {
    "ce-specversion": "1.0",
    "ce-type": "google.cloud.firestore.document.v1.written",
    "ce-source": f"//firestore.googleapis.com/projects/{DATABASE}",
    "ce-id": "event-1",
    "ce-datacontenttype": "application/protobuf",
    "content-type": "application/protobuf",
}
"""As the emulator sends them, with the doubled ``projects/``."""


@pytest.fixture
def target() -> Iterator[Target]:
    with Target() as target:
        yield target


@pytest.fixture
def start_eventarc() -> Iterator[Callable[..., Eventarc]]:
    """Starts an Eventarc as often as it is called, and stops them all after the test."""
    started: list[Eventarc] = []

    def start(routes: dict[str, str], **options: object) -> Eventarc:
        eventarc = Eventarc(0, routes, **{"first_backoff_seconds": 0.01, **options})  # type: ignore[arg-type]  # as given
        eventarc.start()
        started.append(eventarc)
        return eventarc

    yield start
    for eventarc in started:
        eventarc.stop()


def send(eventarc: Eventarc, trigger: str = "count-likes", event_id: str = "event-1", body: bytes = b"event") -> int:
    """Sends an event as the emulator does; returns the status of its answer."""
    url = f"http://{eventarc.address}/functions/projects/{PROJECT}/triggers/{trigger}"
    headers = {**EVENT_HEADERS, "ce-id": event_id}
    return HttpClient().send("POST", url, headers, base64.b64encode(body), 5).status


def ids(requests: list[Request]) -> list[str]:
    return [request.headers["ce-id"] for request in requests]


# With the real emulator


@pytest.fixture(scope="module")
def watched(
    firestore_emulator: FirestoreEmulator, eventarc_port: int
) -> Iterator[tuple[firestore.Client, Eventarc, Target]]:
    """A client of the emulator that reports writes of likes, the Eventarc between, and the function's place."""
    with ExitStack() as stack:
        target = stack.enter_context(Target())
        eventarc = Eventarc(eventarc_port, {"count-likes": target.url})
        eventarc.start()
        stack.callback(eventarc.stop)
        register_triggers(firestore_emulator.address, PROJECT, {"count-likes": "likes/{likeId}"})
        client = firestore.Client(project=PROJECT)
        stack.callback(client.close)
        yield client, eventarc, target


def event_of(watched: tuple[firestore.Client, Eventarc, Target], write: Callable[[], object]) -> CloudEvent:
    """The one event that ``write`` causes, parsed as the functions framework parses it."""
    _, eventarc, target = watched
    before = len(target.requests)
    write()
    eventually(lambda: len(target.requests) > before)
    eventarc.wait_until_idle(15)
    [request] = target.requests[before:]
    assert (request.method, request.path) == ("POST", "/")
    return from_http(dict(request.headers.items()), request.body)


def test_a_created_document_arrives_as_eventarc_sends_it(
    watched: tuple[firestore.Client, Eventarc, Target],
) -> None:
    like = watched[0].document("likes/ada_post1")

    event = event_of(watched, lambda: like.create({"userId": "ada", "postId": "post1"}, timeout=10))

    assert event["type"] == "google.cloud.firestore.document.v1.written"
    assert event["source"] == f"//firestore.googleapis.com/{DATABASE}"
    assert event["subject"] == "documents/likes/ada_post1"
    assert event["document"] == "likes/ada_post1"
    assert event["database"] == "(default)"
    assert event["project"] == PROJECT
    assert event["datacontenttype"] == "application/protobuf"
    change = DocumentEventData.deserialize(event.data)
    assert change.value.name == f"{DATABASE}/documents/likes/ada_post1"
    assert change.value.fields["userId"].string_value == "ada"
    assert change.old_value.name == ""


def test_a_deleted_document_arrives_with_what_it_was(watched: tuple[firestore.Client, Eventarc, Target]) -> None:
    like = watched[0].document("likes/ben_post1")
    event_of(watched, lambda: like.create({"userId": "ben"}, timeout=10))

    event = event_of(watched, lambda: like.delete(timeout=10))

    change = DocumentEventData.deserialize(event.data)
    assert change.value.name == ""
    assert change.old_value.name == f"{DATABASE}/documents/likes/ben_post1"
    assert change.old_value.fields["userId"].string_value == "ben"


def test_only_documents_of_the_pattern_are_reported(watched: tuple[firestore.Client, Eventarc, Target]) -> None:
    client = watched[0]

    def write() -> None:
        client.document("posts/post1").set({"caption": "hello"}, timeout=10)
        client.document("likes/ada_post1/notes/n").set({"deep": True}, timeout=10)
        client.document("likes/cleo_post1").set({"userId": "cleo"}, timeout=10)

    assert event_of(watched, write)["document"] == "likes/cleo_post1"


def test_a_function_of_the_framework_understands_what_arrives(
    start_eventarc: Callable[..., Eventarc], tmp_path: Path
) -> None:
    source = tmp_path / "main.py"
    source.write_text(
        "import pathlib\n"
        "import functions_framework\n"
        "from google.events.cloud.firestore_v1 import DocumentEventData\n"
        "@functions_framework.cloud_event\n"
        "def count_likes(event):\n"
        "    name = DocumentEventData.deserialize(event.data).value.name\n"
        "    pathlib.Path(__file__).with_name('seen').write_text(event['source'] + ' ' + name)\n",
        encoding="utf-8",
    )
    name = f"{DATABASE}/documents/likes/ada_post1"
    app = functions_framework.create_app("count_likes", str(source))
    server = WsgiServer(0, app)
    server.start()
    try:
        eventarc = start_eventarc({"count-likes": f"{server.url}/"})
        send(eventarc, body=DocumentEventData.serialize(DocumentEventData(value={"name": name})))
        eventarc.wait_until_idle(15)
    finally:
        server.stop()

    assert (tmp_path / "seen").read_text() == f"//firestore.googleapis.com/{DATABASE} {name}"
    assert (eventarc.counters.delivered, eventarc.counters.retried) == (1, 0)


def test_registering_with_no_emulator_says_so(target: Target) -> None:
    with Target() as gone:
        address = gone.url.removeprefix("http://").rstrip("/")
    with pytest.raises(NoAnswer):
        register_triggers(address, PROJECT, {"count-likes": "likes/{likeId}"})


def test_a_refused_registration_says_so(target: Target) -> None:
    target.answer = lambda _: Response(400, b"no such pattern")
    with pytest.raises(RuntimeError, match="no such pattern"):
        register_triggers(target.url.removeprefix("http://").rstrip("/"), PROJECT, {"count-likes": "likes/{likeId}"})


# Delivering


def test_an_event_is_delivered_once_in_productions_form(
    start_eventarc: Callable[..., Eventarc], target: Target
) -> None:
    eventarc = start_eventarc({"count-likes": target.url})
    assert send(eventarc, body=b"\x00\xff raw") == 200
    eventarc.wait_until_idle(15)

    [request] = target.requests
    assert request.body == b"\x00\xff raw"
    assert request.headers["ce-source"] == f"//firestore.googleapis.com/{DATABASE}"
    assert request.headers["content-type"] == "application/protobuf"
    assert "ce-datacontenttype" not in request.headers


def test_the_emulator_is_answered_before_the_function_is_done(
    start_eventarc: Callable[..., Eventarc], target: Target
) -> None:
    gate = threading.Event()

    def answer(_: Request) -> Response:
        gate.wait(15)
        return Response(200)

    target.answer = answer
    eventarc = start_eventarc({"count-likes": target.url})
    assert send(eventarc, event_id="slow") == 200
    assert send(eventarc, event_id="next") == 200
    eventually(lambda: len(target.requests) == 2)  # side by side
    assert eventarc.counters.delivered == 0
    gate.set()
    eventarc.wait_until_idle(15)
    assert eventarc.counters.delivered == 2


def test_a_failed_delivery_is_repeated_with_the_same_id(
    start_eventarc: Callable[..., Eventarc], target: Target
) -> None:
    statuses = iter([500, 301, 200])
    target.answer = lambda _: Response(next(statuses))
    eventarc = start_eventarc({"count-likes": target.url})
    send(eventarc)
    eventarc.wait_until_idle(15)

    assert ids(target.requests) == ["event-1", "event-1", "event-1"]
    assert {request.body for request in target.requests} == {b"event"}
    assert (eventarc.counters.retried, eventarc.counters.delivered) == (2, 1)


def test_a_function_that_always_fails_is_given_up_on(start_eventarc: Callable[..., Eventarc], target: Target) -> None:
    target.answer = lambda _: Response(500)
    eventarc = start_eventarc({"count-likes": target.url}, max_attempts=3)
    send(eventarc)
    eventarc.wait_until_idle(15)

    assert len(target.requests) == 3
    assert (eventarc.counters.given_up, eventarc.counters.delivered) == (1, 0)


def test_each_trigger_goes_to_its_own_function(start_eventarc: Callable[..., Eventarc], target: Target) -> None:
    with Target() as other:
        eventarc = start_eventarc({"count-likes": target.url, "tidy-post": other.url})
        send(eventarc, "count-likes", "a")
        send(eventarc, "tidy-post", "b")
        eventarc.wait_until_idle(15)

        assert (ids(target.requests), ids(other.requests)) == (["a"], ["b"])


def test_an_unknown_trigger_is_not_found_and_counted(start_eventarc: Callable[..., Eventarc], target: Target) -> None:
    eventarc = start_eventarc({"count-likes": target.url})

    assert send(eventarc, "unknown") == 404
    assert (eventarc.counters.unrouted, eventarc.counters.received) == (1, 0)


@pytest.mark.parametrize(
    ("method", "content_type", "body", "status"),
    [
        ("GET", "application/protobuf", b"", 405),
        ("POST", "application/json", b"{}", 415),
        ("POST", "application/protobuf", b"not base64!", 400),
    ],
)
def test_what_the_emulator_would_not_send_is_refused(
    start_eventarc: Callable[..., Eventarc], target: Target, method: str, content_type: str, body: bytes, status: int
) -> None:
    eventarc = start_eventarc({"count-likes": target.url})
    url = f"http://{eventarc.address}/functions/projects/{PROJECT}/triggers/count-likes"

    assert HttpClient().send(method, url, {"content-type": content_type}, body, 5).status == status
    assert target.requests == []


# Faults


def test_a_duplicated_event_arrives_twice_with_one_id(start_eventarc: Callable[..., Eventarc], target: Target) -> None:
    eventarc = start_eventarc({"count-likes": target.url}, faults=Faults(duplicate=1))
    send(eventarc)
    eventarc.wait_until_idle(15)

    assert ids(target.requests) == ["event-1", "event-1"]
    assert (eventarc.counters.received, eventarc.counters.duplicated, eventarc.counters.delivered) == (1, 1, 2)


def test_a_lost_acknowledgement_brings_the_event_again(start_eventarc: Callable[..., Eventarc], target: Target) -> None:
    eventarc = start_eventarc({"count-likes": target.url}, faults=Faults(lost_acknowledgement=1), max_attempts=3)
    send(eventarc)
    eventarc.wait_until_idle(15)

    assert ids(target.requests) == ["event-1", "event-1", "event-1"]
    assert (eventarc.counters.lost_acknowledgements, eventarc.counters.given_up) == (3, 1)


def test_a_reordered_event_is_overtaken_and_none_is_lost(
    start_eventarc: Callable[..., Eventarc], target: Target
) -> None:
    eventarc = start_eventarc({"count-likes": target.url}, faults=Faults(seed=1, reorder=0.5))
    sent = [f"event-{number}" for number in range(20)]
    for event_id in sent:
        send(eventarc, event_id=event_id)
    eventarc.wait_until_idle(15)

    assert ids(target.requests) != sent
    assert sorted(ids(target.requests)) == sorted(sent)
    assert 0 < eventarc.counters.reordered < 20


def test_the_same_seed_commits_the_same_faults(start_eventarc: Callable[..., Eventarc], target: Target) -> None:
    def counted(seed: int) -> tuple[int, int, int]:
        eventarc = start_eventarc({"count-likes": target.url}, faults=Faults(seed, 0.3, 0.3, 0.1))
        for number in range(30):
            send(eventarc, event_id=f"event-{number}")
        eventarc.wait_until_idle(15)
        counters = eventarc.counters
        return counters.duplicated, counters.lost_acknowledgements, counters.reordered

    assert counted(1) == counted(1)
    assert counted(1) != counted(2)


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_a_fault_needs_a_probability(probability: float) -> None:
    with pytest.raises(ValueError, match="not a probability"):
        Faults(duplicate=probability)


# Stopping


def test_waiting_for_a_delivery_that_never_ends_times_out(
    start_eventarc: Callable[..., Eventarc], target: Target
) -> None:
    target.answer = lambda _: Response(500)
    eventarc = start_eventarc({"count-likes": target.url}, first_backoff_seconds=60)
    send(eventarc)

    with pytest.raises(TimeoutError, match="1 deliveries are left"):
        eventarc.wait_until_idle(0.05)


def test_stopping_cuts_off_a_slow_function_and_frees_port_and_threads(target: Target) -> None:
    gate = threading.Event()

    def answer(_: Request) -> Response:
        gate.wait(15)
        return Response(200)

    target.answer = answer
    before = set(threading.enumerate())
    eventarc = Eventarc(0, {"count-likes": target.url})
    eventarc.start()
    send(eventarc)
    eventually(lambda: len(target.requests) == 1)
    eventarc.stop()
    assert eventarc.counters.delivered == 0  # it did not wait for the function
    gate.set()

    assert not [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("eventarc-")]
    eventarc.start()
    assert send(eventarc, "unknown") == 404
    eventarc.stop()
