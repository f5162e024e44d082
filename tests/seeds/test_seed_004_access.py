"""Needs the Firestore emulator with its rules, the local Stripe, and local Cloud Tasks.

The token documentation of an app that is paid for once or by subscription, under ``access``. A test is named for the
sentence that it is about.
"""

import pytest

from tests.rules.client import commit, updating
from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, checkout, deliver, document, field
from tests.support.end_users import client_of
from tests.support.people import Person
from tests.support.subscription_kit import Shop, hear


@pytest.fixture(autouse=True)
def _access(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECONOMY", "access")


@pytest.fixture
def ada(_access: None) -> Person:
    person = Person()
    assert api.post("open_account", by=person).status == 200
    return person


def buy(cloud: Cloud, person: Person) -> str:
    """The session of a one-time purchase that was paid."""
    session = checkout(person, "one-time")
    assert cloud.pay(session["url"]) == 303
    assert deliver(cloud.event("completed", session["sessionId"])).status == 200
    session_id: str = session["sessionId"]
    return session_id


def test_overview_1_a_new_user_starts_with_0_tokens(ada: Person) -> None:
    assert api.get("get_wallet", by=ada).body["tokenBalance"] == 0
    assert ledger_kit.lines(ada) == {}


def test_overview_2_a_one_time_purchase_gives_5_tokens_and_an_entry_of_the_history(cloud: Cloud, ada: Person) -> None:
    session_id = buy(cloud, ada)

    assert api.get("get_wallet", by=ada).body["tokenBalance"] == 5
    [entry] = api.get("list_transactions", by=ada).body["transactions"]
    assert (entry["id"], entry["amount"], entry["type"]) == (f"purchase_{session_id}", 5, "purchase")
    assert entry["timestamp"]


def test_overview_3_and_4_history_and_balance_move_together_and_once(cloud: Cloud, ada: Person) -> None:
    session_id = buy(cloud, ada)

    assert deliver(cloud.event("completed", session_id)).status == 200
    buy(cloud, ada)

    assert [line["amount"] for line in ledger_kit.lines(ada).values()] == [5, 5]
    assert ledger_kit.balance(ada) == 10


def test_overview_2_a_one_time_purchase_grants_access(cloud: Cloud, ada: Person) -> None:
    session_id = buy(cloud, ada)

    access = (document(f"users/{ada.user_id}") or {})["access"]
    assert access["by"] == session_id
    assert access["since"]


@pytest.mark.parametrize(
    ("offer", "mode"), [({"package": "one-time"}, "payment"), ({"plan": "subscription"}, "subscription")]
)
def test_stripe_api_a_checkout_session_is_a_payment_or_a_subscription(
    cloud: Cloud, ada: Person, offer: dict[str, str], mode: str
) -> None:
    answer = api.post("create_checkout", offer, by=ada, key="k1")

    assert answer.status == 200
    assert cloud.stripe_get(f"checkout/sessions/{answer.body['sessionId']}")["mode"] == mode


def test_firestore_utils_a_profile_has_its_stripe_customer_once_it_buys(cloud: Cloud, ada: Person) -> None:
    buy(cloud, ada)

    fields = document(f"users/{ada.user_id}") or {}
    assert fields["stripeCustomerId"].startswith("cus_")
    assert fields["createdAt"]


# -- "Tokens are used to determine whether a user has access to the app" -----------------------------------------------


def has_access(person: Person) -> object:
    return api.get("get_wallet", by=person).body["hasAccess"]


def generate(person: Person, key: str = "k1") -> api.Answer:
    return api.post("generate", {"feature": "image", "prompt": "a lighthouse"}, by=person, key=key)


def test_access_without_a_purchase_there_is_none(ada: Person) -> None:
    assert has_access(ada) is False

    with ledger_kit.nothing_moves():
        assert generate(ada).problem == (402, "access-required")


def test_access_comes_with_a_one_time_purchase_and_its_tokens_are_used(cloud: Cloud, ada: Person) -> None:
    buy(cloud, ada)

    assert has_access(ada) is True
    assert [generate(ada, f"k{number}").status for number in range(6)] == [202] * 5 + [402]
    assert (has_access(ada), ledger_kit.balance(ada)) == (True, 0)  # access is no token: it is not used up


def test_access_comes_with_a_subscription_too_and_ends_with_it(cloud: Cloud, ada: Person) -> None:
    session = api.post("create_checkout", {"plan": "subscription"}, by=ada, key="k1").body
    assert cloud.pay(session["url"]) == 303
    assert deliver(cloud.event("completed", session["sessionId"])).status == 200

    assert has_access(ada) is True
    assert generate(ada).problem == (402, "insufficient-tokens")  # which a purchase brings

    cloud.stripe_delete(f"subscriptions/{field(f'users/{ada.user_id}', 'subscription')['id']}")
    hear(Shop(cloud, "", "").events("customer.subscription.deleted"))
    assert has_access(ada) is False
    assert generate(ada, "k2").problem == (402, "access-required")


# -- stripe_utils.py, userprofileAPI.ts ------------------------------------------------------------------------------


def test_fulfill_order_keeps_the_date_what_was_bought_and_at_which_price(cloud: Cloud, ada: Person) -> None:
    session_id = buy(cloud, ada)

    order = document(f"orders/{session_id}") or {}
    assert (order["kind"], order["package"], order["tokens"]) == ("package", "one-time", 5)
    assert (order["amount"], order["currency"], order["status"], order["paid"]) == (999, "usd", "paid", 999)
    assert order["paidAt"]


@pytest.mark.usefixtures("rules")
def test_update_user_profile_lets_nobody_write_their_own_tokens(cloud: Cloud, ada: Person) -> None:
    for fields in ({"tokenBalance": 500}, {"access": {"by": "me"}}, {"has_access": True}):
        with client_of(ada) as client:
            assert client.send(commit(updating(f"users/{ada.user_id}", fields))).status == 403

    assert (ledger_kit.balance(ada), has_access(ada)) == (0, False)
