"""Needs the Firestore emulator, the local Stripe, local Cloud Tasks and Cloud Storage, and a local OIDC issuer.

The core credit system (July 26, 2025), under ``interiors``. A test is named for the sentence that it is about.
"""

import pytest

from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, deliver, lines
from tests.support.concurrently import concurrently
from tests.support.people import Person, administrator

FEATURES = ["interior", "exterior", "sketch", "furnish", "remove", "video"]


@pytest.fixture(autouse=True)
def _interiors(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECONOMY", "interiors")


@pytest.fixture
def ada(_interiors: None) -> Person:
    person = Person()
    assert api.post("open_account", by=person).status == 200
    return person


def consume(person: Person, feature: str = "interior", key: str = "k1") -> api.Answer:
    return api.post("generate", {"feature": feature, "prompt": "a loft"}, by=person, key=key)


# -- Credit System Rules ---------------------------------------------------------------------------------------------


def test_rule_2_every_feature_costs_one_credit(ada: Person) -> None:
    catalog = api.get("get_catalog").body

    assert catalog["unit"] == "credit"
    assert [(feature["id"], feature["cost"]) for feature in catalog["features"]] == [(name, 1) for name in FEATURES]
    assert [consume(ada, name, name).body["tokenBalance"] for name in FEATURES] == [5, 4, 3, 2, 1, 0]


# -- Manual Testing Checklist ----------------------------------------------------------------------------------------


def test_checklist_1_registration_grants_6_credits_once(ada: Person) -> None:
    assert api.post("open_account", by=ada).body["tokenBalance"] == 6
    assert lines(ada) == [("signup_bonus", 6)]


def test_checklist_2_a_credit_is_consumed_by_a_generation(cloud: Cloud, ada: Person) -> None:
    answer = consume(ada)

    assert (answer.status, answer.body["cost"], answer.body["tokenBalance"]) == (202, 1, 5)
    assert cloud.run(answer.body["generationId"]).status == 200
    assert lines(ada) == [("signup_bonus", 6), ("generation_spend", -1)]


def test_checklist_3_insufficient_credits_are_answered_with_402_and_both_numbers(ada: Person) -> None:
    for number in range(6):
        consume(ada, key=f"k{number}")

    with ledger_kit.nothing_moves():
        refused = consume(ada, key="k6")

    assert refused.problem == (402, "insufficient-tokens")
    assert refused.body == refused.body | {"balance": 0, "required": 1, "shortfall": 1}


def test_checklist_4_and_rule_3_a_paid_user_bypasses_the_credits(cloud: Cloud, ada: Person) -> None:
    for number in range(6):
        consume(ada, key=f"k{number}")
    assert consume(ada, key="k6").problem == (402, "insufficient-tokens")

    session = api.post("create_checkout", {"plan": "unlimited"}, by=ada, key="k1").body
    assert cloud.pay(session["url"]) == 303
    assert deliver(cloud.event("completed", session["sessionId"])).status == 200

    made = [consume(ada, name, f"paid-{name}") for name in FEATURES]
    assert [(answer.status, answer.body["paidBy"], answer.body["tokenBalance"]) for answer in made] == [
        (202, "plan", 0)
    ] * 6
    assert user_credits(ada) == {"remaining": 0, "total": 6, "subscription_status": "active"}


def test_checklist_5_the_history_says_feature_credits_and_generation(ada: Person) -> None:
    made = consume(ada, "sketch").body["generationId"]

    line, _welcome = api.get("list_transactions", by=ada).body["transactions"]
    assert (line["type"], line["amount"]) == ("generation_spend", -1)
    assert line["details"] == line["details"] | {"feature": "sketch", "generationId": made}
    assert line["timestamp"]


def test_checklist_6_an_administrator_grants_credits(ada: Person) -> None:
    body = {"userId": ada.user_id, "amount": 4, "reason": "promotion"}

    assert api.post("grant_tokens", body, by=ada, key="k1").problem == (403, "not-an-administrator")
    assert api.post("grant_tokens", body, by=administrator(), key="k1").body["tokenBalance"] == 10
    assert user_credits(ada) == {"remaining": 10, "total": 10, "subscription_status": "free"}


# -- Extended User Schema, Usage Examples ----------------------------------------------------------------------------


def user_credits(person: Person) -> dict[str, object]:
    """The three answers of "Get User Credits", as they are read off the wallet."""
    wallet = api.get("get_wallet", by=person).body
    plan = wallet["subscription"]
    return {
        "remaining": wallet["tokenBalance"],
        "total": wallet["totalTokensCredited"],
        "subscription_status": plan["status"] if plan else "free",
    }


def test_schema_a_new_user_has_6_of_6_credits_a_free_subscription_and_the_time_of_the_grant(ada: Person) -> None:
    assert user_credits(ada) == {"remaining": 6, "total": 6, "subscription_status": "free"}
    assert api.get("get_wallet", by=ada).body["signupBonusGrantedAt"]


def test_usage_1_remaining_total_and_status_after_two_of_six(cloud: Cloud, ada: Person) -> None:
    for key in ("k1", "k2"):
        consume(ada, key=key)

    assert user_credits(ada) == {"remaining": 4, "total": 6, "subscription_status": "free"}


def test_usage_1_what_comes_back_for_a_failed_generation_is_no_new_credit(cloud: Cloud, ada: Person) -> None:
    answer = api.post("generate", {"feature": "sketch", "prompt": "fail-me"}, by=ada, key="k1")
    assert cloud.run(answer.body["generationId"]).status == 200

    assert user_credits(ada) == {"remaining": 6, "total": 6, "subscription_status": "free"}


def test_usage_2_a_credit_is_consumed_once_for_one_generation_however_often_it_is_asked(ada: Person) -> None:
    assert {consume(ada, "interior", "k1").body["generationId"] for _ in range(3)} == {
        consume(ada, "interior", "k1").body["generationId"]
    }

    assert user_credits(ada)["remaining"] == 5


# -- Security Features, Error Handling -------------------------------------------------------------------------------


def test_security_1_every_endpoint_needs_a_session(cloud: Cloud) -> None:
    assert consume_without_session().problem == (401, "unauthenticated")
    for name in ("get_wallet", "list_transactions"):
        assert api.get(name).problem == (401, "unauthenticated")


def consume_without_session() -> api.Answer:
    return api.post("generate", {"feature": "interior", "prompt": "a loft"}, key="k1")


def test_security_3_a_credit_is_not_spent_twice(ada: Person) -> None:
    answers = concurrently(8, lambda number: api.patient(lambda: consume(ada, key=f"k{number}")))

    assert sorted(answer.status for answer in answers) == [202] * 6 + [402] * 2
    assert ledger_kit.balance(ada) == 0


@pytest.mark.parametrize("feature", ["kitchen", "", 5, None])
def test_security_4_a_request_is_validated(ada: Person, feature: object) -> None:
    body = {"feature": feature, "prompt": "a loft"}

    with ledger_kit.nothing_moves():
        assert api.post("generate", body, by=ada, key="k1").problem == (422, "invalid-request")
