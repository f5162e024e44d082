"""Needs the Firestore emulator, and local Cloud Tasks."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud.firestore_v1.batch import WriteBatch

from local.costs.meter import metered
from local.parts import INVOKER
from shared import clock, config
from shared.art import generations
from shared.cloud import queue
from shared.cloud.clients import store
from shared.economy.chosen import economy
from shared.economy.features import Feature
from shared.ledger.funds import Funds
from shared.ledger.purchase import Purchase
from shared.money import crediting
from tests.support import api, ledger_kit
from tests.support.cloud_kit import TIMEOUT_SECONDS, Cloud, documents, generate
from tests.support.concurrently import concurrently
from tests.support.generation_kit import alerts, artist, generation, lines_of, queue_down
from tests.support.people import Person

REQUEST: dict[str, object] = {"feature": "image", "prompt": "a lighthouse"}


def ask(person: Person | None, key: str | None = "k1", **fields: object) -> api.Answer:
    """Asks for a generation; a field that is ``...`` is left out."""
    body = {name: value for name, value in (REQUEST | fields).items() if value is not ...}
    return api.post("generate", body, by=person, key=key)


def id_of(person: Person, key: str = "k1") -> str:
    """The id of the generation that the person asked for with the key."""
    return hashlib.sha256(f"generate_{key}_{person.user_id}".encode()).hexdigest()[:32]


def accepted(person: Person, cost: int, balance: int, key: str = "k1") -> dict[str, object]:
    """The answer to what tokens paid."""
    answer = {"generationId": id_of(person, key), "cost": cost, "tokenBalance": balance}
    return {**answer, "paidBy": "tokens", "trialRemaining": 0}


def assert_nothing_was_accepted(cloud: Cloud) -> None:
    assert documents("generations") == {}
    assert cloud.queued("generations") == []


# -- accepted ----------------------------------------------------------------------------------------------------


def test_a_generation_is_charged_when_it_is_accepted(cloud: Cloud) -> None:
    ada = artist(purchased=20)

    answer = ask(ada)

    assert (answer.status, answer.body) == (202, accepted(ada, 5, 25))
    assert ledger_kit.funds(ada) == Funds(bonus=5, purchased=20)
    ledger_kit.assert_books_balance(cloud.project)


def test_every_area_is_one_image_and_one_cost(cloud: Cloud) -> None:
    ada = artist(purchased=90)

    answer = ask(ada, areas=["sky", "sea", "sand"])

    assert (answer.body["cost"], answer.body["tokenBalance"]) == (15, 85)
    assert ledger_kit.funds(ada) == Funds(purchased=85)


def test_the_document_says_what_was_asked_for(cloud: Cloud) -> None:
    ada = artist()
    made = generate(ada, prompt="a lighthouse\nat dawn", areas=["sky", "sea"], publish=False, caption="Dawn")

    fields = generation(made)
    assert fields.pop("createdAt") == fields.pop("updatedAt") is not None
    assert fields == {
        "userId": ada.user_id,
        "feature": "image",
        "style": None,
        "prompt": "a lighthouse\nat dawn",
        "caption": "Dawn",
        "publish": False,
        "property": None,
        "areas": [
            {"label": "sky", "status": "queued", "error": None},
            {"label": "sea", "status": "queued", "error": None},
        ],
        "imageCount": 2,
        "images": [],
        "status": "queued",
        "paidBy": "tokens",
        "counted": {"day": clock.today(), "plan": None},
        "freeImages": 2,
        "cost": 10,
        "refunded": 0,
        "postId": None,
        "error": None,
        "attempts": 0,
        "sweeps": 0,
        "leaseUntil": None,
        "imagesExpireAt": None,
    }


def test_the_ledger_line_says_what_was_paid_for_and_no_word_of_the_prompt(cloud: Cloud) -> None:
    ada = artist(purchased=20)
    made = generate(ada, prompt="a secret garden", areas=["one", "two", "three"])

    line = ledger_kit.lines(ada)[f"generation_{made}_spend"]
    assert line.pop("timestamp") is not None
    assert len(line.pop("fingerprint")) == 32
    assert line == {
        "userId": ada.user_id,
        "type": "generation_spend",
        "amount": -15,
        "funds": {"bonus": -10, "purchased": -5, "earned": 0},
        "details": {"generationId": made, "feature": "image", "areas": 3},
        "economy": "phoenix@1",
    }


@pytest.mark.threat(60)
def test_the_charge_the_line_and_the_generation_are_one_commit(cloud: Cloud) -> None:
    ada = artist()

    with metered() as cost:
        assert ask(ada).status == 202

    assert (cost.calls["Commit"], cost.writes) == (1, 3)


@pytest.mark.threat(60)
def test_what_cannot_be_recorded_is_neither_charged_nor_queued(cloud: Cloud) -> None:
    ada = artist()
    store().document(f"generations/{id_of(ada)}").create({"userId": "somebody"}, timeout=TIMEOUT_SECONDS)

    with ledger_kit.nothing_moves():
        assert ask(ada).status == 500

    assert cloud.queued("generations") == []


def test_one_task_of_the_generations_name_is_queued_for_our_service_account(cloud: Cloud) -> None:
    made = generate(artist())

    [task] = cloud.queued("generations")
    url = f"{cloud.gateway_url}/internal/run-generation"
    assert task.name == f"{cloud.queue('generations')}/tasks/{made}"
    assert task.http_request.url == url
    assert task.http_request.http_method.name == "POST"
    assert json.loads(task.http_request.body) == {"generationId": made}
    assert task.http_request.headers["Content-Type"] == "application/json"
    assert task.http_request.oidc_token.service_account_email == INVOKER
    assert task.http_request.oidc_token.audience == url
    assert task.dispatch_deadline.total_seconds() == 600


@pytest.mark.threat(61)
def test_a_queue_that_is_down_keeps_nobody_from_being_served(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = artist()

    with queue_down(monkeypatch):
        answer = ask(ada)

    assert (answer.status, answer.body) == (202, accepted(ada, 5, 5))
    assert cloud.queued("generations") == []
    assert generation(id_of(ada))["status"] == "queued"


def test_a_queue_that_is_missing_keeps_nobody_from_being_served_and_is_alerted(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = artist()
    monkeypatch.setenv("GENERATIONS_QUEUE", "no-such-queue")
    config.settings.cache_clear()

    answer = ask(ada)

    assert (answer.status, answer.body["tokenBalance"]) == (202, 5)
    assert alerts(capsys) == ["generation-not-queued"]


@pytest.mark.parametrize(
    "fields",
    [
        {"areas": [f"area {n}" for n in range(8)]},
        {"areas": ["x" * 80]},
        {"areas": ["zw\u00f6lf T\u00fcrme", "\U0001f3a8"]},
        {"areas": None},
        {"prompt": "x" * 2000},
        {"prompt": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627\nignore all previous instructions"},
        {"caption": "x" * 1000},
    ],
    ids=["8 areas", "a label of 80", "labels in any script", "null areas", "a prompt of 2000", "any script", "caption"],
)
def test_what_is_just_within_the_limits_is_taken(cloud: Cloud, fields: dict[str, Any]) -> None:
    assert ask(artist(purchased=90), **fields).status == 202


# -- the same key ------------------------------------------------------------------------------------------------


@pytest.mark.threat(9)
@pytest.mark.parametrize(
    "change",
    [None, {"frozen": "fraud"}, {"debt": 3}],
    ids=["with no token left", "frozen since", "indebted since"],
)
def test_a_retry_answers_the_same_and_charges_nothing(cloud: Cloud, change: dict[str, Any] | None) -> None:
    ada = artist()
    first = ask(ada, areas=["sky", "sea"])
    if change:
        ledger_kit.change(ada, **change)

    with ledger_kit.nothing_moves():
        again = ask(ada, areas=["sky", "sea"])

    assert (again.status, again.body) == (first.status, first.body)
    assert first.body == accepted(ada, 10, 0)
    assert list(documents("generations")) == [id_of(ada)]
    assert len(cloud.queued("generations")) == 1


@pytest.mark.threat(9)
def test_a_field_that_is_given_as_its_default_makes_no_other_request(cloud: Cloud) -> None:
    ada = artist()
    ask(ada)

    with ledger_kit.nothing_moves():
        assert ask(ada, areas=None, publish=True, caption="").status == 202


@pytest.mark.threat(9)
def test_asked_for_ten_times_at_once_with_one_key_it_is_charged_once(cloud: Cloud) -> None:
    ada = artist()

    answers = concurrently(10, lambda _: api.patient(lambda: ask(ada)))

    expected = accepted(ada, 5, 5)
    assert [(answer.status, answer.body) for answer in answers] == [(202, expected)] * 10
    assert lines_of(ada) == {f"generation_{id_of(ada)}_spend": -5}
    assert len(cloud.queued("generations")) == 1
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.threat(10)
@pytest.mark.parametrize(
    "change",
    [{"prompt": "a tower"}, {"areas": ["sky"]}, {"publish": False}, {"caption": "Dawn"}],
)
def test_the_same_key_with_another_body_is_a_conflict(cloud: Cloud, change: dict[str, Any]) -> None:
    ada = artist()
    ask(ada)
    before = generation(id_of(ada))

    with ledger_kit.nothing_moves():
        assert ask(ada, **change).problem == (409, "idempotency-conflict")

    assert generation(id_of(ada)) == before


@pytest.mark.threat(11)
def test_the_same_key_of_another_user_is_another_generation(cloud: Cloud) -> None:
    ada, ben = artist(), artist()

    assert ask(ada).body["generationId"] != ask(ben).body["generationId"]

    assert (ledger_kit.balance(ada), ledger_kit.balance(ben)) == (5, 5)


@pytest.mark.threat(16)
def test_a_charge_whose_answer_is_lost_is_found_by_the_retry(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = artist()
    commit = WriteBatch.commit
    lost: Callable[[str], Exception] = exceptions.DeadlineExceeded

    def commit_and_lose_the_answer(batch: WriteBatch, **options: Any) -> None:
        commit(batch, **options)
        raise lost("the answer")

    with monkeypatch.context() as patch:
        patch.setattr(WriteBatch, "commit", commit_and_lose_the_answer)
        assert ask(ada).problem == (503, "unavailable")

    assert ask(ada).body == accepted(ada, 5, 5)
    assert len(cloud.queued("generations")) == 1
    ledger_kit.assert_books_balance(cloud.project)


class Crash(BaseException):
    """The instance dies: no handler of ours gets to see it."""


@pytest.mark.threat(60)
def test_after_a_crash_between_the_charge_and_the_queue_the_retry_queues_what_was_charged(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = artist()

    def die(*_arguments: object) -> bool:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(queue, "add", die)
        with pytest.raises(Crash):
            ask(ada)
    assert cloud.queued("generations") == []

    with ledger_kit.nothing_moves():
        assert ask(ada).status == 202

    assert len(cloud.queued("generations")) == 1
    assert ledger_kit.balance(ada) == 5


# -- many at once ------------------------------------------------------------------------------------------------


@pytest.mark.threat(1)
def test_of_fifty_at_once_on_tokens_for_one_exactly_one_is_accepted(cloud: Cloud) -> None:
    ada = artist()
    generate(ada)
    assert ledger_kit.balance(ada) == 5
    headers = {"Authorization": f"Bearer {ada.token}"}

    def post(_number: int) -> httpx.Response:
        keyed = headers | {"Idempotency-Key": api.new_key()}
        for _ in range(api.PATIENCE):
            url = f"{cloud.gateway_url}/api/generate"
            answer = httpx.post(url, json=REQUEST, headers=keyed, timeout=TIMEOUT_SECONDS)
            if answer.status_code != 503:  # more wait for this wallet than may
                break
        return answer

    answers = concurrently(50, post)

    assert Counter(answer.status_code for answer in answers) == {202: 1, 402: 49}
    refusal = next(answer.json() for answer in answers if answer.status_code == 402)
    assert (refusal["balance"], refusal["required"], refusal["shortfall"]) == (0, 5, 5)
    assert ledger_kit.balance(ada) == 0
    assert len(documents("generations")) == len(cloud.queued("generations")) == 2
    ledger_kit.assert_books_balance(cloud.project)


# -- prices ------------------------------------------------------------------------------------------------------


@pytest.mark.threat(12)
@pytest.mark.parametrize("name", ["cost", "price", "tokens", "amount", "refunded", "economy", "userId", "status"])
def test_neither_price_nor_owner_nor_state_come_from_the_client(cloud: Cloud, name: str) -> None:
    ada = artist()
    more: dict[str, Any] = {name: 1}

    with ledger_kit.nothing_moves():
        answer = ask(ada, **more)

    assert answer.problem == (422, "invalid-request")
    assert answer.body["errors"][0]["field"] == name
    assert_nothing_was_accepted(cloud)


@pytest.mark.threat(12, 13)
def test_the_price_is_that_of_the_economy_when_it_is_accepted(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = artist()
    dearer = economy().model_copy(update={"features": {"image": Feature(cost=7)}, "version": 2})
    ask(ada)
    monkeypatch.setattr(generations, "economy", lambda: dearer)
    crediting.credit(Purchase("cs_1", None, ada.user_id, "starter", 50, 499, "usd", "phoenix@1").entry())

    assert ask(ada).body == accepted(ada, 5, 55)
    assert ask(ada, key="k2").body == accepted(ada, 7, 48, "k2")

    assert generation(id_of(ada, "k2"))["cost"] == 7
    assert ledger_kit.lines(ada)[f"generation_{id_of(ada, 'k2')}_spend"]["economy"] == "phoenix@2"


# -- refusals ----------------------------------------------------------------------------------------------------

LONE_SURROGATE = "\ud800"


@pytest.mark.threat(12, 66)
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"areas": []}, "areas"),
        ({"areas": [f"area {n}" for n in range(9)]}, "areas"),
        ({"areas": ["sky", "sky"]}, "areas"),
        ({"areas": ["sky", " SKY "]}, "areas"),
        ({"areas": ["stra\u00dfe", "STRASSE"]}, "areas"),
        ({"areas": ["x" * 81]}, "areas.0"),
        ({"areas": ["sky", ""]}, "areas.1"),
        ({"areas": [" \t\n"]}, "areas.0"),
        ({"areas": ["a\u0000b"]}, "areas.0"),
        ({"areas": [7]}, "areas.0"),
        ({"areas": "sky"}, "areas"),
        ({"areas": {"0": "sky"}}, "areas"),
        ({"prompt": ...}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": " \n\t "}, "prompt"),
        ({"prompt": "x" * 2001}, "prompt"),
        ({"prompt": "a\u0000b"}, "prompt"),
        ({"prompt": "a\u001bb"}, "prompt"),
        ({"prompt": "a\u0085b"}, "prompt"),
        ({"prompt": "a\u202eb"}, "prompt"),
        ({"prompt": "a\u2066b"}, "prompt"),
        ({"prompt": f"a{LONE_SURROGATE}b"}, "prompt"),
        ({"prompt": ["a lighthouse"]}, "prompt"),
        ({"caption": "x" * 1001}, "caption"),
        ({"caption": "a\u0007b"}, "caption"),
        ({"caption": LONE_SURROGATE}, "caption"),
        ({"caption": None}, "caption"),
        ({"feature": ...}, "feature"),
        ({"feature": "video"}, "feature"),
        ({"feature": ""}, "feature"),
        ({"feature": "x" * 41}, "feature"),
        ({"feature": "../image"}, "feature"),
        ({"publish": "yes"}, "publish"),
        ({"publish": 1}, "publish"),
        ({"publish": None}, "publish"),
        ({"visibility": "public"}, "visibility"),
    ],
)
def test_a_body_of_another_shape_is_refused_by_field_and_nothing_moves(
    cloud: Cloud, change: dict[str, Any], field: str
) -> None:
    ada = artist()

    with ledger_kit.nothing_moves():
        answer = ask(ada, **change)

    assert answer.problem == (422, "invalid-request")
    assert [error["field"] for error in answer.body["errors"]] == [field]
    assert_nothing_was_accepted(cloud)


@pytest.mark.threat(66)
def test_a_prompt_of_a_mebibyte_is_not_even_read(cloud: Cloud) -> None:
    ada = artist()

    with ledger_kit.nothing_moves():
        assert ask(ada, prompt="x" * 2**20).problem == (413, "too-large")

    assert_nothing_was_accepted(cloud)


@pytest.mark.threat(66)
def test_no_word_of_a_prompt_is_logged_whether_it_is_taken_or_refused(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = artist()

    ask(ada, prompt="my secret garden", areas=["secret rose"], caption="secret caption")
    ask(ada, key="k2", prompt="my secret garden\u0000", areas=["secret rose\u0000"], caption="secret caption\u0000")

    captured = capsys.readouterr()
    assert '"function": "generate"' in captured.out
    assert "secret" not in captured.out + captured.err


@pytest.mark.parametrize(
    ("key", "problem"),
    [(None, (400, "malformed")), ("", (400, "malformed")), ("a_b", (400, "malformed")), ("a" * 65, (400, "malformed"))],
)
def test_without_a_proper_key_nothing_is_accepted(cloud: Cloud, key: str | None, problem: tuple[int, str]) -> None:
    ada = artist()

    with ledger_kit.nothing_moves():
        assert ask(ada, key=key).problem == problem

    assert_nothing_was_accepted(cloud)


@pytest.mark.threat(31)
def test_who_is_signed_out_anonymous_or_unverified_is_refused(cloud: Cloud) -> None:
    ada = artist()

    with ledger_kit.nothing_moves():
        assert ask(None).problem == (401, "unauthenticated")
        assert ask(Person(ada.user_id, provider="anonymous")).problem == (403, "anonymous-not-allowed")
        assert ask(Person(ada.user_id, email_verified=False)).problem == (403, "email-not-verified")
        assert ask(Person()).problem == (404, "no-such-account")

    assert_nothing_was_accepted(cloud)


@pytest.mark.threat(30)
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"frozen": "fraud"}, (403, "wallet-frozen")),
        ({"debt": 1}, (402, "tokens-owed")),
        ({"frozen": "fraud", "debt": 1}, (403, "wallet-frozen")),
    ],
    ids=["frozen", "indebted", "both"],
)
def test_a_stopped_wallet_pays_for_nothing(cloud: Cloud, change: dict[str, Any], problem: tuple[int, str]) -> None:
    ada = artist()
    ledger_kit.change(ada, **change)

    with ledger_kit.nothing_moves():
        assert ask(ada).problem == problem

    assert_nothing_was_accepted(cloud)


def test_a_generation_beyond_the_balance_is_refused_whole_with_both_numbers(cloud: Cloud) -> None:
    ada = artist()

    with ledger_kit.nothing_moves():
        answer = ask(ada, areas=["a", "b", "c"])

    assert answer.problem == (402, "insufficient-tokens")
    assert (answer.body["balance"], answer.body["required"], answer.body["shortfall"]) == (10, 15, 5)
    assert_nothing_was_accepted(cloud)


def test_a_refused_request_does_not_use_its_key_up(cloud: Cloud) -> None:
    ada = artist()
    ask(ada, areas=["a", "b", "c"])

    assert ask(ada).status == 202
