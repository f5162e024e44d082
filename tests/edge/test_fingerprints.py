"""Needs the Firestore emulator, the local Stripe and Cloud Tasks."""

import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest

from functions.generate import Generate
from functions.tip import Tip
from local.parts import forget_clients
from shared import fingerprints
from shared.cloud.clients import STORE, store
from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, open_account, write
from tests.support.people import Person

PROMPT = "a portrait of my neighbour Grace"
PICTURE = {"feature": "image", "prompt": PROMPT}


def plain(function: str, body: str) -> str:
    """The form of fingerprints before they were keyed."""
    return hashlib.sha256(f"{function}\n{body}".encode()).hexdigest()[:32]


def ledger_and_orders() -> str:
    """All that a reader of the two could see."""
    return json.dumps(
        [
            {each.id: each.to_dict() for each in store().collection(collection).limit(100).get(**STORE)}
            for collection in ("transactions", "orders")
        ],
        default=str,
    )


@pytest.mark.threat(100)
def test_a_guess_of_the_prompt_finds_no_confirmation_in_the_ledger(cloud: Cloud) -> None:
    ada = open_account()
    assert api.post("generate", PICTURE, by=ada, key="k1").status == 202

    ledger, request = ledger_and_orders(), Generate.model_validate(PICTURE).model_dump_json()

    (line,) = [each for each in ledger_kit.lines(ada).values() if each["type"] == "generation_spend"]
    assert len(line["fingerprint"]) == 32
    assert [guess for guess in guesses(ada, request) if guess[:16] in ledger] == []


def guesses(person: Person, request: str) -> Iterator[str]:
    """What somebody who knows the code and the request, but no secret, could compute."""
    texts = [PROMPT, request, f"generate\n{request}", json.dumps(PICTURE)]
    for text in texts:
        for algorithm in ("sha256", "sha1", "md5", "sha512"):
            hashed = hashlib.new(algorithm, text.encode()).hexdigest()
            yield hashed
            for key in ("", "fingerprint", "generate", person.user_id, "k1", "demo-guilder"):
                yield hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
                yield hmac.new(key.encode(), hashed[:32].encode(), hashlib.sha256).hexdigest()


@pytest.mark.threat(100)
def test_another_secret_makes_other_fingerprints(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = fingerprints.fingerprint("tip", "{}")

    monkeypatch.setenv("IDENTITY_SECRET", "of another deployment")
    forget_clients()

    assert fingerprints.fingerprint("tip", "{}") != ours


def test_a_fingerprint_is_keyed_with_what_names_no_claim(project: str) -> None:
    secret, hashed = b"not-much-of-another", plain("tip", "{}")

    assert fingerprints.fingerprint("tip", "{}") != hmac.new(secret, hashed.encode(), hashlib.sha256).hexdigest()[:32]


def test_a_function_and_a_body_have_a_fingerprint_of_their_own(project: str) -> None:
    asked = [("tip", "a"), ("tip", "b"), ("generate", "a"), ("tip", "a\nb")]

    assert len({fingerprints.fingerprint(*each) for each in asked}) == 4
    assert fingerprints.fingerprint("tip", "a") == fingerprints.fingerprint("tip", "a")


@pytest.mark.parametrize(
    ("function", "body", "other"),
    [
        ("tip", {"recipientId": "ben", "amount": 4}, {"recipientId": "ben", "amount": 5}),
        ("generate", PICTURE, PICTURE | {"caption": "Grace"}),
    ],
)
def test_a_line_with_the_older_form_is_known_on_a_retry(
    cloud: Cloud, function: str, body: dict[str, object], other: dict[str, object]
) -> None:
    ada, ben = open_account(), ledger_kit.account(person=Person("ben"))
    first = api.post(function, body, by=ada, key="k1")
    assert first.status in (200, 202)
    for line_id in ledger_kit.lines(ada):
        write(f"transactions/{line_id}", fingerprint=older_form(function, body))

    with ledger_kit.nothing_moves():
        assert api.post(function, body, by=ada, key="k1").body == first.body
        assert api.post(function, other, by=ada, key="k1").problem == (409, "idempotency-conflict")
    assert ledger_kit.balance(ben) in (0, 4)


def older_form(function: str, body: dict[str, object]) -> str:
    model = Generate if function == "generate" else Tip
    return plain(function, model.model_validate(body).model_dump_json())


def test_an_order_with_the_older_form_is_known_on_a_retry(cloud: Cloud) -> None:
    ada = open_account()
    first = api.post("create_checkout", {"package": "starter"}, by=ada, key="k1")
    assert first.status == 200
    write(f"orders/{first.body['sessionId']}", fingerprint=plain("create_checkout", '{"package":"starter"}'))

    assert api.post("create_checkout", {"package": "starter"}, by=ada, key="k1").body == first.body
    assert api.post("create_checkout", {"package": "pro"}, by=ada, key="k1").problem == (409, "idempotency-conflict")
