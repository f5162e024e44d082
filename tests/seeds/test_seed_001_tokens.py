"""Needs the Firestore emulator, the local Stripe, Cloud Tasks and Cloud Storage, and a local OIDC issuer.

The plan of the token economy (Phase 2), under ``phoenix-tokens``. A test is named for the sentence that it is about.
"""

import pytest

from tests.support import api, ledger_kit
from tests.support.cloud_kit import (
    CANCEL_URL,
    IS_DECLINED,
    SUCCESS_URL,
    Cloud,
    checkout,
    deliver,
    document,
    documents,
    field,
    generate,
    lines,
)
from tests.support.concurrently import concurrently
from tests.support.people import Person


@pytest.fixture(autouse=True)
def _phoenix_tokens(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECONOMY", "phoenix-tokens")


@pytest.fixture
def ada(_phoenix_tokens: None) -> Person:
    person = Person()
    assert api.post("open_account", by=person).body["tokenBalance"] == 0
    return person


def bought(cloud: Cloud, person: Person, package: str) -> str:
    """The session of a purchase that was paid, and that the webhook heard of."""
    session = checkout(person, package)
    assert cloud.pay(session["url"]) == 303
    assert deliver(cloud.event("completed", session["sessionId"])).status == 200
    session_id: str = session["sessionId"]
    return session_id


# -- Token Packages Design -------------------------------------------------------------------------------------------


def test_packages_there_are_four_of_these_prices_tokens_and_bonuses(ada: Person) -> None:
    packages = api.get("get_catalog").body["packages"]

    assert [(p["name"], p["amount"], p["tokens"], p["bonusPercent"]) for p in packages] == [
        ("Starter Token Pack", 499, 50, 0),
        ("Popular Token Pack", 999, 110, 10),
        ("Pro Token Pack", 1999, 250, 25),
        ("Creator Token Pack", 4999, 700, 40),
    ]
    assert [round(p["tokens"] * 100 / p["amount"], 2) for p in packages] == [10.02, 11.01, 12.51, 14.00]


def test_token_economy_1_a_token_is_an_image(cloud: Cloud, ada: Person) -> None:
    bought(cloud, ada, "starter")

    generate(ada, areas=["sky", "sea"])

    assert ledger_kit.balance(ada) == 48


def test_token_economy_2_and_3_any_amount_can_be_tipped_and_all_of_it_arrives(cloud: Cloud, ada: Person) -> None:
    ben = ledger_kit.account()
    bought(cloud, ada, "starter")

    for amount in (1, 49):
        body = {"recipientId": ben.user_id, "amount": amount}
        assert api.post("tip", body, by=ada, key=f"k{amount}").status == 200

    assert (ledger_kit.balance(ada), ledger_kit.balance(ben)) == (0, 50)


# -- Task 2.2 and 2.3: checkout and webhook --------------------------------------------------------------------------


@pytest.mark.parametrize("package", ["starter", "popular", "pro", "creator"])
def test_task_2_2_a_package_is_answered_with_the_url_of_a_checkout(cloud: Cloud, ada: Person, package: str) -> None:
    session = checkout(ada, package)

    told = cloud.stripe_get(f"checkout/sessions/{session['sessionId']}")
    assert session["url"] == told["url"]
    assert told["metadata"] == told["metadata"] | {"userId": ada.user_id, "package": package}


def test_task_2_4_after_payment_the_buyer_is_led_back_and_after_a_cancellation_too(cloud: Cloud, ada: Person) -> None:
    session = checkout(ada, "popular")

    told = cloud.stripe_get(f"checkout/sessions/{session['sessionId']}")
    assert (told["success_url"], told["cancel_url"]) == (SUCCESS_URL, CANCEL_URL)


def test_task_2_2_1_a_package_is_validated_by_its_name(ada: Person) -> None:
    assert api.post("create_checkout", {"package": "gigantic"}, by=ada, key="k").problem == (422, "invalid-request")


def test_task_2_2_auth_is_required(cloud: Cloud) -> None:
    assert api.post("create_checkout", {"package": "pro"}, key="k").problem == (401, "unauthenticated")


def test_task_2_4_balance_and_recent_history_are_shown_beside_the_packages(cloud: Cloud, ada: Person) -> None:
    bought(cloud, ada, "starter")
    for number in range(5):
        generate(ada, key=f"k{number}")

    assert api.get("get_wallet", by=ada).body["tokenBalance"] == 45
    assert len(api.get("list_transactions", by=ada, limit=5).body["transactions"]) == 5


def test_task_2_5_the_success_page_shows_the_new_balance_and_a_receipt(cloud: Cloud, ada: Person) -> None:
    session = checkout(ada, "popular")
    cloud.pay(session["url"])

    answer = api.post("confirm_checkout", {"sessionId": session["sessionId"]}, by=ada).body

    assert (answer["status"], answer["tokenBalance"]) == ("paid", 110)
    assert answer["receipt"]["paidAt"]
    assert answer["receipt"] == answer["receipt"] | {"tokens": 110, "amount": 999, "currency": "usd"}


# -- Testing Strategy ------------------------------------------------------------------------------------------------


def test_test_1_happy_path(cloud: Cloud, ada: Person) -> None:
    session_id = bought(cloud, ada, "popular")

    assert field(f"users/{ada.user_id}", "tokenBalance") == 110
    [line] = ledger_kit.lines(ada).values()
    assert (line["type"], line["amount"], line["userId"]) == ("purchase", 110, ada.user_id)
    assert line["details"] == line["details"] | {"stripeSessionId": session_id, "amount": 999, "package": "popular"}


def test_test_2_double_webhook_credits_once(cloud: Cloud, ada: Person) -> None:
    session_id = bought(cloud, ada, "popular")

    assert deliver(cloud.event("completed", session_id)).status == 200

    assert lines(ada) == [("purchase", 110)]
    assert ledger_kit.balance(ada) == 110


def test_test_3_failed_payment_changes_no_balance_and_leaves_no_record(cloud: Cloud, ada: Person) -> None:
    session = checkout(ada, "popular")
    cloud.pay(session["url"], card=IS_DECLINED)

    answer = api.post("confirm_checkout", {"sessionId": session["sessionId"]}, by=ada).body

    assert (answer["status"], answer["tokenBalance"]) == ("pending", 0)
    assert ledger_kit.lines(ada) == {}


def test_test_4_two_purchases_at_once_are_both_credited(cloud: Cloud, ada: Person) -> None:
    sessions = [checkout(ada, package) for package in ("popular", "pro")]
    for session in sessions:
        cloud.pay(session["url"])
    events = [cloud.event("completed", session["sessionId"]) for session in sessions]

    concurrently(2, lambda number: deliver(events[number]))
    for event in events:  # what lost the race comes again
        assert deliver(event).status == 200

    assert ledger_kit.balance(ada) == 360
    assert sorted(lines(ada)) == [("purchase", 110), ("purchase", 250)]


# -- Security Considerations, Firestore Schema Changes ---------------------------------------------------------------


def test_security_4_users_buy_for_themselves_only(cloud: Cloud, ada: Person) -> None:
    session = checkout(ada, "starter")
    cloud.pay(session["url"])

    stranger = ledger_kit.account()
    answer = api.post("confirm_checkout", {"sessionId": session["sessionId"]}, by=stranger)

    assert answer.problem == (404, "not-found")
    assert ledger_kit.balance(stranger) == 0


def test_schema_a_wallet_has_balance_lifetime_totals_and_its_stripe_customer(cloud: Cloud, ada: Person) -> None:
    bought(cloud, ada, "starter")
    generate(ada)

    fields = document(f"users/{ada.user_id}") or {}
    assert fields == fields | {
        "tokenBalance": 49,
        "totalTokensEarned": 0,
        "totalTokensSpent": 1,
        "totalTokensPurchased": 50,
        "totalTokensCredited": 50,
    }
    assert fields["stripeCustomerId"].startswith("cus_")
    assert {line["type"] for line in documents("transactions").values()} == {"purchase", "generation_spend"}
