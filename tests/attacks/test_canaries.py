"""Needs everything that a function reaches outside. Secrets and personal text with a canary in each, while all fails.

Every function is called in every weather: as it should be, and with each thing that it reaches outside refusing,
breaking, or quoting what it was given. The canaries are looked for in all that was logged, printed or answered.
"""

import contextlib
import datetime
import functools
import io
import itertools
import json
import logging
import socket
import traceback
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.api_core.retry import Retry
from google.cloud.firestore_v1.services.firestore import FirestoreClient

from local import sampling
from local.gateway import path_of
from local.net.http_server import Response
from local.net.ports import HOST, free_port
from local.parts import forget_clients
from shared.billing import stripe_client
from shared.cloud import clients
from shared.cloud.documents import Snapshot
from shared.cloud.queries import Query, fetch
from shared.config import ConfigurationError, read
from shared.edge import responses
from shared.money import history
from tests.support import api, functions, ledger_kit, triggers
from tests.support.api import Answer
from tests.support.cloud_kit import (
    TIMEOUT_SECONDS,
    Cloud,
    checkout,
    deliver,
    deliver_signed,
    generate,
    open_account,
    signature,
    write,
)
from tests.support.generation_kit import ImageModel
from tests.support.people import Person, administrator
from tests.support.target import Target

STRIPE_KEY = "sk_test_canarystripe"
WEBHOOK_SECRET = "whsec_canarywebhook"
CURSOR_SECRET = "canary-cursor-secret"
IDENTITY_SECRET = "canary-identity-secret"
GEMINI_KEY = "canary-gemini-key"

PROMPT = "canary-prompt of a lighthouse"
E_MAIL = "canary-mail@example.com"
NAME = "canary-name"
CAPTION = "canary-caption"
LABEL = "canary-label"

MARK = "canary"
"""In every one of them, as in nothing else."""

PUBLISHED: dict[str, tuple[str, ...]] = {
    "get_feed": (NAME, CAPTION),
    "get_post": (NAME, CAPTION),
    "get_profile": (NAME,),
    "get_generation": (LABEL,),
}
"""What an answer may hold: the public face of a person and of a post, and to its owner what an area was called."""

QUOTE = f"{STRIPE_KEY} {WEBHOOK_SECRET} {CURSOR_SECRET} {IDENTITY_SECRET} {GEMINI_KEY} "
QUOTE += f"{PROMPT} {E_MAIL} {NAME} {CAPTION} {LABEL}"
"""What a careless library puts into the text of its error."""


@dataclass
class Stage:
    """A person with canaries in her token, and one of each thing that the functions work on."""

    cloud: Cloud
    ada: Person
    ben: Person
    paid: str
    """A session that was paid, and that we have not heard of."""
    event: dict[str, Any]
    queued: str
    kept: str
    """A generation that was not published."""
    post: str
    waiting: str
    """A grant that another administrator asked for."""
    parked: str
    """An order that was paid, and waits for a person."""
    answers: list[tuple[str, Answer]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def play(self) -> dict[str, int]:
        """Calls every function once; the statuses of their answers."""
        made = {name: call() for name, call in self.calls().items()}
        told = api.get("get_generation", by=self.ada, id=self.queued)
        self.answers += [*made.items(), ("get_generation", told)]
        return {name: answer.status for name, answer in made.items()}

    def calls(self) -> dict[str, Callable[[], Answer]]:
        """A proper request to each."""
        ada, key = self.ada, api.new_key()
        picture = {"feature": "image", "prompt": PROMPT, "caption": CAPTION, "areas": [LABEL]}
        post = ledger_kit.post_fields(ada) | {"caption": CAPTION}
        like = {"userId": ada.user_id, "postId": self.post}
        return {
            **{name: functools.partial(api.get, name, by=ada) for name in functions.TAKE_NOTHING},
            "approve_grant": lambda: api.post("approve_grant", {"actionId": self.waiting}, by=ada, key=key),
            "audit_balances": lambda: self.as_google("audit_balances", {}),
            "audit_counters": lambda: self.as_google("audit_counters", {}),
            "confirm_checkout": lambda: api.post("confirm_checkout", {"sessionId": self.paid}, by=ada),
            "count_likes": lambda: triggers.deliver("count_likes", f"likes/{ada.user_id}_{self.post}", None, like),
            "create_checkout": lambda: api.post("create_checkout", {"package": "starter"}, by=ada, key=key),
            "explain_charge": lambda: api.get("explain_charge", by=ada, id=self.kept),
            "export_transactions": lambda: api.get("export_transactions", by=ada),
            "generate": lambda: api.post("generate", picture, by=ada, key=key),
            "freeze_wallet": lambda: api.post(
                "freeze_wallet", {"userId": self.ben.user_id, "frozen": True, "reason": "support"}, by=ada, key=key
            ),
            "get_account": lambda: api.get("get_account", by=ada, userId=self.ben.user_id),
            "get_feed": lambda: api.get("get_feed", by=ada),
            "get_generation": lambda: api.get("get_generation", by=ada, id=self.kept),
            "get_post": lambda: api.get("get_post", by=ada, id=self.post),
            "get_stats": lambda: api.get("get_stats", by=ada),
            "get_profile": lambda: api.get("get_profile", by=ada, userId=ada.user_id),
            "grant_tokens": lambda: api.post(
                "grant_tokens",
                {"userId": self.ben.user_id, "amount": 1, "reason": "support", "note": CAPTION},
                by=ada,
                key=key,
            ),
            "list_attention": lambda: api.get("list_attention", by=ada, kind="parked"),
            "list_transactions": lambda: api.get("list_transactions", by=ada, limit=1),
            "open_account": lambda: api.post("open_account", by=ada),
            "open_portal": lambda: api.post("open_portal", by=ada),
            "propagate_profile": lambda: triggers.deliver(
                "propagate_profile", f"profiles/{ada.user_id}", {"displayName": "Ada"}, {"displayName": NAME}
            ),
            "publish_post": lambda: api.post("publish_post", {"generationId": self.kept, "caption": CAPTION}, by=ada),
            "rebuild_wallet": lambda: api.post(
                "rebuild_wallet", {"userId": self.ben.user_id, "reason": "support"}, by=ada, key=key
            ),
            "expire_tokens": lambda: self.as_google("expire_tokens", {}),
            "reconcile_payments": lambda: self.as_google("reconcile_payments", {}),
            "recount_likes": lambda: self.as_google("recount_likes", {"postId": self.post, "windowSeconds": 1}),
            "resolve_order": lambda: api.post(
                "resolve_order", {"orderId": self.parked, "decision": "credit", "reason": "support"}, by=ada, key=key
            ),
            "run_generation": lambda: self.as_google("run_generation", {"generationId": self.queued}),
            "run_reload": lambda: self.as_google("run_reload", {"userId": ada.user_id}),
            "set_auto_reload": lambda: api.post(
                "set_auto_reload",
                {"enabled": True, "threshold": 20, "package": "starter", "monthlyCap": 2000},
                by=ada,
            ),
            "stripe_webhook": lambda: deliver(self.event, secret=WEBHOOK_SECRET),
            "sweep_generations": lambda: self.as_google("sweep_generations", {}),
            "sweep_pictures": lambda: self.as_google("sweep_pictures", {}),
            "tidy_post": lambda: triggers.deliver("tidy_post", f"posts/{uuid.uuid4().hex}", post, None),
            "update_author": lambda: self.as_google(
                "update_author", {"userId": ada.user_id, "windowSeconds": 5, "window": 1}
            ),
            "tip": lambda: api.post("tip", {"recipientId": self.ben.user_id, "amount": 1}, by=ada, key=key),
        }

    def as_google(self, function: str, body: object) -> Answer:
        """Calls a function that only Google calls, with a token that is to be found nowhere again."""
        self.tokens.append(self.cloud.token(function))
        return self.cloud.call(function, body, self.tokens[-1])


@pytest.fixture
def stage(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Stage:
    """Everything is there, and every secret holds a canary."""
    caplog.set_level(logging.INFO)  # as functions-framework sets it
    for name, value in {
        "STRIPE_SECRET_KEY": STRIPE_KEY,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "CURSOR_SECRET": CURSOR_SECRET,
        "IDENTITY_SECRET": IDENTITY_SECRET,
        "GEMINI_API_KEY": GEMINI_KEY,
        "IMAGE_MODEL": "procedural",
    }.items():
        monkeypatch.setenv(name, value)
    forget_clients()
    ImageModel(monkeypatch)
    ada, ben = open_account(5010, Person(claims={"email": E_MAIL, "name": NAME, "admin": True})), open_account()
    session = checkout(ada)
    cloud.pay(session["url"])
    fields: dict[str, Any] = {"prompt": PROMPT, "caption": CAPTION, "areas": [LABEL]}
    published, kept = generate(ada, **fields), generate(ada, **fields, publish=False)
    for generation_id in (published, kept):
        assert cloud.run(generation_id).status == 200
    event = cloud.event("completed", session["sessionId"], customer_email=E_MAIL, customer_details={"name": NAME})
    queued = generate(ada, **fields)
    large = {"userId": ben.user_id, "amount": 600, "reason": "support", "note": CAPTION}
    waiting = api.post("grant_tokens", large, by=administrator(), key="k1").body["actionId"]
    parked = checkout(ada, "popular")
    cloud.pay(parked["url"])
    write(f"orders/{parked['sessionId']}", status="parked")
    return Stage(cloud, ada, ben, session["sessionId"], event, queued, kept, published, waiting, parked["sessionId"])


@pytest.fixture
def watch(stage: Stage, capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """All that was logged and printed since the stage was set; when the test is over nothing of it holds a canary."""
    logged = logging.StreamHandler(io.StringIO())
    logging.getLogger().addHandler(logged)
    capfd.readouterr()
    printed: list[str] = []

    def everything() -> str:
        printed.extend(capfd.readouterr())
        return "".join(printed) + logged.stream.getvalue()

    yield everything
    logging.getLogger().removeHandler(logged)
    text = everything()
    assert text, "nothing was captured"
    for line in text.splitlines():
        assert MARK not in line, line
    assert_no_token_in(text, stage)
    assert stage.ada.user_id not in text
    assert_that_answers_hold_only_what_is_published(stage)


def assert_that_answers_hold_only_what_is_published(stage: Stage) -> None:
    assert stage.answers
    for function, answer in stage.answers:
        text = json.dumps([answer.body, answer.headers], ensure_ascii=False)
        assert_no_token_in(text, stage)
        for word in PUBLISHED.get(function, ()):
            text = text.replace(word, "")
        assert MARK not in text, (function, answer)


def assert_no_token_in(text: str, stage: Stage) -> None:
    """Fails if claims or a signature of what was sent to prove who calls are in the text."""
    for token in (*stage.tokens, stage.ada.token):
        for part in token.split(".")[1:]:
            assert not part or part not in text


DONE = {"generate": 202}


@pytest.mark.threat(86)
def test_when_everything_works(stage: Stage, watch: Callable[[], str]) -> None:
    statuses = stage.play()

    assert statuses == {name: DONE.get(name, 200) for name in statuses}
    assert set(statuses) == functions.ALL, "every function is called"


# -- everything that can go wrong outside ------------------------------------------------------------------------

Weather = Callable[[Stage, pytest.MonkeyPatch], contextlib.AbstractContextManager[None]]
"""While it lasts, something fails."""


@contextlib.contextmanager
def set_to(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Iterator[None]:
    """The environment is another one, and everything connects anew."""
    with monkeypatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.setattr(stripe_client, "NETWORK_RETRIES", 0)
        forget_clients()
        yield
    forget_clients()


def nowhere() -> str:
    """An address where nobody listens."""
    return f"{HOST}:{free_port()}"


@contextlib.contextmanager
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Firestore is waited for a moment only."""
    unavailable = Retry(predicate=lambda error: isinstance(error, exceptions.ServiceUnavailable), timeout=0.1)
    with monkeypatch.context() as patch:
        patch.setitem(clients.STORE, "timeout", 0.1)
        patch.setitem(clients.STORE, "retry", unavailable)
        yield


@contextlib.contextmanager
def firestore_down(_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with impatient(monkeypatch), set_to(monkeypatch, FIRESTORE_EMULATOR_HOST=nowhere()):
        yield


def firestore_says(kind: Any) -> Weather:
    """Every read, query and commit fails with such an error."""

    def fail(*_: object, **__: object) -> None:
        raise kind(QUOTE)

    @contextlib.contextmanager
    def weather(_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with monkeypatch.context() as patch:
            for name in ("batch_get_documents", "begin_transaction", "commit", "run_aggregation_query", "run_query"):
                patch.setattr(FirestoreClient, name, fail)
            patch.setattr("shared.clock.sleep", lambda _seconds: None)
            yield

    return weather


def server_says(variable: str, status: int, body: object, **variables: str) -> Weather:
    """Where ``variable`` leads, every request is answered with this, and quotes what it should not."""

    @contextlib.contextmanager
    def weather(_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        text = body if isinstance(body, str) else json.dumps(body)
        answer = Response(status, text.encode(), {"Content-Type": "application/json"})
        with Target(lambda _: answer) as server:
            url = server.url.rstrip("/")
            with set_to(monkeypatch, **{variable: url}, **variables):
                yield

    return weather


def stripe_says(status: int, **error: str) -> Weather:
    return server_says("STRIPE_API_BASE", status, {"error": {"message": QUOTE, "param": QUOTE, **error}})


def google_says(variable: str, code: int, **error: object) -> Weather:
    return server_says(variable, code, {"error": {"code": code, "message": QUOTE, **error}}, **_USED_BY[variable])


_USED_BY = {
    "GEMINI_API_BASE": {"IMAGE_MODEL": "gemini-3.1-flash-image"},
    "STORAGE_EMULATOR_HOST": {},
}


@contextlib.contextmanager
def stripe_down(_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with set_to(monkeypatch, STRIPE_API_BASE=f"http://{nowhere()}"):
        yield


@contextlib.contextmanager
def stripe_silent(_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(stripe_client, "TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(stripe_client, "WEBHOOK_TIMEOUT_SECONDS", 0.2)
    silent = socket.create_server((HOST, 0))
    with silent, set_to(monkeypatch, STRIPE_API_BASE=f"http://{HOST}:{silent.getsockname()[1]}"):
        yield


@contextlib.contextmanager
def tasks_down(_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with set_to(monkeypatch, CLOUD_TASKS_EMULATOR_HOST=nowhere()):
        yield


@contextlib.contextmanager
def queues_missing(_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with set_to(monkeypatch, GENERATIONS_QUEUE="gone", LIKES_QUEUE="gone", AUTHORS_QUEUE="gone", RELOADS_QUEUE="gone"):
        yield


@contextlib.contextmanager
def certificates_missing(_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with set_to(monkeypatch, OIDC_CERTS_URL=f"http://{nowhere()}/certs"):
        yield


def painter_says(answer: bytes | Exception) -> Weather:
    """The embedded image model answers so."""

    @contextlib.contextmanager
    def weather(_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with monkeypatch.context() as patch:
            ImageModel(patch).answers[LABEL] = answer
            yield

    return weather


NO_STRIPE = {"create_checkout": 503, "confirm_checkout": 503, "open_portal": 503}
NO_STRIPE_UNFORESEEN = {"create_checkout": 500, "confirm_checkout": 500, "open_portal": 500}
NO_STORE = {"get_wallet": 503, "tip": 503, "generate": 503, "stripe_webhook": 503, "run_generation": 503}
NO_STORE_UNFORESEEN = {"get_wallet": 500, "tip": 500, "generate": 500, "stripe_webhook": 500, "tidy_post": 500}

WEATHERS: dict[str, tuple[Weather, dict[str, int]]] = {
    "firestore-down": (firestore_down, {**NO_STORE, "count_likes": 200, "tidy_post": 500}),
    "firestore-unavailable": (firestore_says(exceptions.ServiceUnavailable), {**NO_STORE, "tidy_post": 500}),
    "firestore-forbidden": (firestore_says(exceptions.PermissionDenied), NO_STORE_UNFORESEEN),
    "firestore-invalid": (firestore_says(exceptions.InvalidArgument), NO_STORE_UNFORESEEN),
    "firestore-contended": (firestore_says(exceptions.Aborted), {"get_wallet": 503, "tip": 503}),
    "unforeseen": (firestore_says(RuntimeError), NO_STORE_UNFORESEEN),
    "unforeseen-key": (firestore_says(KeyError), NO_STORE_UNFORESEEN),
    "stripe-down": (stripe_down, NO_STRIPE),
    "stripe-silent": (stripe_silent, NO_STRIPE),
    "stripe-broken": (stripe_says(500, type="api_error"), NO_STRIPE),
    "stripe-busy": (stripe_says(429, type="rate_limit_error"), NO_STRIPE),
    "stripe-no-json": (server_says("STRIPE_API_BASE", 200, f"<html>{QUOTE}"), {"create_checkout": 503}),
    "stripe-another-shape": (server_says("STRIPE_API_BASE", 200, {"object": QUOTE}), {"create_checkout": 500}),
    "stripe-key-refused": (stripe_says(401, type="invalid_request_error"), NO_STRIPE_UNFORESEEN),
    "stripe-key-forbidden": (stripe_says(403, type="invalid_request_error"), NO_STRIPE_UNFORESEEN),
    "stripe-refused": (stripe_says(400, type="invalid_request_error"), NO_STRIPE_UNFORESEEN),
    "stripe-card-refused": (stripe_says(402, type="card_error", code="card_declined"), NO_STRIPE_UNFORESEEN),
    "stripe-conflict": (stripe_says(400, type="idempotency_error"), {"create_checkout": 409}),
    "tasks-down": (tasks_down, {"generate": 202, "count_likes": 500, "propagate_profile": 500}),
    "queues-missing": (queues_missing, {"generate": 202, "count_likes": 500, "propagate_profile": 500}),
    "storage-forbidden": (google_says("STORAGE_EMULATOR_HOST", 403), {"run_generation": 500}),
    "storage-missing": (google_says("STORAGE_EMULATOR_HOST", 404), {"run_generation": 500}),
    "certificates-missing": (certificates_missing, {"run_generation": 503, "audit_balances": 503}),
    "certificates-junk": (server_says("OIDC_CERTS_URL", 200, f"<html>{QUOTE}"), {"run_generation": 503}),
    "model-refuses": (google_says("GEMINI_API_BASE", 400, status="INVALID_ARGUMENT"), {"run_generation": 200}),
    "model-key-refused": (
        google_says("GEMINI_API_BASE", 400, status="INVALID_ARGUMENT", details=[{"reason": "API_KEY_INVALID"}]),
        {"run_generation": 503},
    ),
    "model-forbidden": (google_says("GEMINI_API_BASE", 403, status="PERMISSION_DENIED"), {"run_generation": 503}),
    "model-busy": (google_says("GEMINI_API_BASE", 429, status="RESOURCE_EXHAUSTED"), {"run_generation": 503}),
    "model-broken": (google_says("GEMINI_API_BASE", 500, status="INTERNAL"), {"run_generation": 503}),
    "model-no-json": (
        server_says("GEMINI_API_BASE", 200, f"<html>{QUOTE}", **_USED_BY["GEMINI_API_BASE"]),
        {"run_generation": 200},
    ),
    "model-talks": (
        server_says(
            "GEMINI_API_BASE",
            200,
            {
                "candidates": [
                    {"content": {"parts": [{"text": QUOTE}]}, "finishReason": "SAFETY", "finishMessage": QUOTE}
                ]
            },
            **_USED_BY["GEMINI_API_BASE"],
        ),
        {"run_generation": 200},
    ),
    "painter-fails": (painter_says(RuntimeError(QUOTE)), {"run_generation": 500}),
    "painter-paints-words": (painter_says(QUOTE.encode()), {"run_generation": 200}),
}
"""By name: what fails, and answers that show that it did."""


@pytest.mark.deep
@pytest.mark.threat(86)
@pytest.mark.parametrize("name", sampling.part(WEATHERS, 4, "weathers"))
def test_when_something_outside_fails(
    stage: Stage, watch: Callable[[], str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    weather, expected = WEATHERS[name]

    with weather(stage, monkeypatch):
        statuses = stage.play()

    assert expected == {function: statuses[function] for function in expected}


# -- what callers send -------------------------------------------------------------------------------------------


def malformed(value: str) -> Iterable[bytes]:
    """Bodies that are none, or not what any function takes, with the value in them."""
    yield value.encode()
    yield json.dumps(value).encode()
    yield json.dumps([value]).encode()
    yield f'{{"prompt": "{value}'.encode()
    yield f'{{"prompt": "{value}", "prompt": "{value}"}}'.encode()
    yield value.encode() + b"\xff"
    yield value.encode() * 20_000
    for fields in (
        "feature prompt areas caption publish",
        "recipientId amount postId",
        "package plan property",
        "sessionId",
    ):
        yield json.dumps({name: [value] for name in fields.split()}).encode()
        yield json.dumps(dict.fromkeys(fields.split(), value * 200)).encode()
        yield json.dumps(dict.fromkeys(fields.split(), f"{value}\x00/")).encode()


SIGNED_IN = "somebody"

IDENTIFIED: dict[str, Callable[[Stage, str], dict[str, str]]] = {
    "nobody": lambda _stage, _function: {"Content-Type": "application/json"},
    SIGNED_IN: lambda stage, _function: signed_in(stage) | {"Idempotency-Key": "k1"},
    "with a bad key": lambda stage, _function: signed_in(stage) | {"Idempotency-Key": f"{MARK}_{uuid.uuid4().hex}"},
    "a service": lambda stage, function: signed_in(stage) | {"Authorization": f"Bearer {stage.cloud.token(function)}"},
    "a forger": lambda stage, _function: signed_in(stage) | {"Authorization": f"Bearer {MARK}.{MARK}.{MARK}"},
    "somebody with a password": lambda stage, _function: signed_in(stage) | {"Authorization": f"Basic {MARK}"},
    "of a kind": lambda stage, _function: (
        signed_in(stage) | {"Content-Type": MARK, "Content-Encoding": MARK, "X-Cloud-Trace-Context": MARK}
    ),
}
"""The headers that say who sends it."""


def signed_in(stage: Stage) -> dict[str, str]:
    return {"Content-Type": "application/json", "Authorization": f"Bearer {stage.ada.token}"}


@pytest.mark.deep
@pytest.mark.threat(86)
@pytest.mark.parametrize("caller", IDENTIFIED)
def test_what_a_caller_sends_is_not_said_again(stage: Stage, watch: Callable[[], str], caller: str) -> None:
    for function in sampling.part(sorted(functions.HTTP), 3, f"functions that are called {caller}"):
        headers = IDENTIFIED[caller](stage, function)
        answers = [api.call("POST", function, headers, body) for body in malformed(PROMPT)]
        for query in (f"id={PROMPT}\0", f"cursor={PROMPT}", f"type={PROMPT}", f"from={PROMPT}", f"limit={PROMPT}"):
            answers.append(api.call("GET", function, headers, query=query))
        stage.answers += [(function, answer) for answer in answers]

        assert all(answer.status < 500 for answer in answers), (function, answers)
        is_heard = caller == ("a service" if function in functions.INTERNAL else SIGNED_IN)
        assert not is_heard or {answer.status for answer in answers} & {400, 422}, function


@pytest.mark.threat(36, 86)
def test_a_webhook_is_not_quoted_whatever_its_signature_says(stage: Stage, watch: Callable[[], str]) -> None:
    body = json.dumps(stage.event).encode()
    for header in (None, MARK, f"t=1,v1={MARK}", signature(body, MARK), signature(body, WEBHOOK_SECRET, at=1)):
        stage.answers.append(("stripe_webhook", deliver_signed(body, header)))
    incomplete = {"object": "checkout.session", "id": E_MAIL, "metadata": {"app": "guilder"}}
    for changed in ({"livemode": True}, {"data": {"object": incomplete}}):
        stage.answers.append(("stripe_webhook", deliver(stage.event | changed, secret=WEBHOOK_SECRET)))

    assert {answer.status for _, answer in stage.answers} == {400}


@pytest.mark.threat(86)
def test_an_event_of_firestore_that_is_none_is_not_quoted_in_the_log(stage: Stage, watch: Callable[[], str]) -> None:
    for function in sorted(functions.TRIGGERS):
        for body in (QUOTE.encode(), b"", triggers.event_bytes(f"likes/{MARK}", None, None)):
            answer = triggers.deliver_bytes(function, f"likes/{MARK}", body)
            stage.answers.append((function, answer))

    assert {answer.status for _, answer in stage.answers} == {500}


# -- where our own care ends -------------------------------------------------------------------------------------


@pytest.mark.threat(86)
def test_an_export_that_breaks_off_says_nothing_to_the_server_that_logs_it(
    stage: Stage, watch: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status is sent by then, so what is raised reaches the web server, which logs it with its words."""
    monkeypatch.setattr(history, "EXPORT_PAGE", 1)
    pages = itertools.count()

    def twice(query: Query, moment: datetime.datetime | None = None) -> list[Snapshot]:
        if next(pages) == 2:
            raise RuntimeError(QUOTE)
        return fetch(query, moment)

    monkeypatch.setattr(history, "fetch", twice)
    headers = {"Authorization": f"Bearer {stage.ada.token}"}
    url = f"{stage.cloud.gateway_url}{path_of('export_transactions')}"

    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url, headers=headers, timeout=TIMEOUT_SECONDS)

    assert "Traceback" in watch(), "the server has said what it saw"
    stage.answers.append(("get_wallet", api.get("get_wallet", by=stage.ada)))


@pytest.mark.threat(86)
def test_the_frameworks_own_500_says_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is raised behind everything that we catch is in the framework's log, but in no answer."""

    def fail(*_: object) -> None:
        raise RuntimeError(QUOTE)

    monkeypatch.setattr(responses, "add_headers", fail)
    answer = api.get("get_wallet", by=stage.ada)

    assert answer.status == 500
    assert MARK not in f"{answer.body}{answer.headers}"


SECRETS = {
    "STRIPE_SECRET_KEY": STRIPE_KEY,
    "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
    "CURSOR_SECRET": CURSOR_SECRET,
    "IDENTITY_SECRET": IDENTITY_SECRET,
    "GEMINI_API_KEY": GEMINI_KEY,
}


@pytest.mark.threat(86)
@pytest.mark.parametrize("form", [repr, str, "{}".format, "{!r}".format, lambda settings: f"{[settings]}"])
def test_settings_show_no_secret_in_any_form(form: Callable[[object], str]) -> None:
    assert MARK not in form(read(SECRETS))


@pytest.mark.threat(86)
@pytest.mark.parametrize(
    "wrong",
    [
        {"STRIPE_LIVEMODE": "true"},
        {"STRIPE_LIVEMODE": STRIPE_KEY},
        {"K_SERVICE": "tip", "OIDC_ISSUER": MARK},
        {"K_SERVICE": "tip"},
        {"K_SERVICE": "stripe_webhook", "GOOGLE_CLOUD_PROJECT": "p", "STRIPE_SECRET_KEY": ""},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_a_function_that_refuses_to_start_shows_no_secret_in_its_traceback(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read(SECRETS | wrong, "stripe_webhook")

    assert MARK not in "".join(traceback.format_exception(refusal.value))
