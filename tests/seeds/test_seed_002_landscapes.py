"""Needs the Firestore emulator, the local Stripe, Cloud Tasks and Cloud Storage, and a local OIDC issuer.

The foundations of the landscape designer (2025-11-03), under ``yarda``. A test is named for the sentence it is about.
"""

import datetime

import pytest

from shared.clock import now
from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, checkout, deliver, field, lines
from tests.support.concurrently import concurrently
from tests.support.people import Person


@pytest.fixture(autouse=True)
def _yarda(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECONOMY", "yarda")


def buyer(cloud: Cloud, package: str = "fifty") -> Person:
    """Somebody who bought tokens, and has no trial left that would pay before them."""
    person = ledger_kit.account()
    session = checkout(person, package)
    assert cloud.pay(session["url"]) == 303
    assert deliver(cloud.event("completed", session["sessionId"])).status == 200
    return person


def ask(person: Person, key: str = "k1", **fields: object) -> api.Answer:
    body = {"feature": "landscape", "prompt": "a pond", "publish": False, **fields}
    return api.post("generate", body, by=person, key=key)


# -- Database Functions: Token Management ----------------------------------------------------------------------------


def test_get_token_balance_is_a_fast_read(cloud: Cloud) -> None:
    assert api.get("get_wallet", by=buyer(cloud)).body["tokenBalance"] == 50


def test_deduct_token_atomic_deducts_one_and_answers_balance_and_transaction(cloud: Cloud) -> None:
    ada = buyer(cloud)

    answer = ask(ada)

    assert (answer.status, answer.body["tokenBalance"]) == (202, 49)
    spend = f"generation_{answer.body['generationId']}_spend"
    assert ledger_kit.lines(ada)[spend]["amount"] == -1


def test_deduct_token_atomic_prevents_races(cloud: Cloud) -> None:
    ada = buyer(cloud, "ten")
    areas = [f"area {number}" for number in range(8)]

    answers = concurrently(4, lambda number: api.patient(lambda: ask(ada, f"k{number}", areas=areas)))

    assert sorted(answer.status for answer in answers) == [202, 402, 402, 402]
    assert ledger_kit.balance(ada) == 2


def test_add_tokens_is_idempotent_by_its_payment(cloud: Cloud) -> None:
    ada = buyer(cloud)
    [line] = ledger_kit.lines(ada).values()

    for _ in range(2):
        assert deliver(cloud.event("completed", line["details"]["stripeSessionId"])).status == 200

    assert lines(ada) == [("purchase", 50)]
    assert line["details"]["paymentIntentId"].startswith("pi_")


def test_add_tokens_supports_refunds(cloud: Cloud) -> None:
    ada = buyer(cloud)
    made = ask(ada, prompt="fail-me").body["generationId"]

    assert cloud.run(made).status == 200

    assert lines(ada) == [("purchase", 50), ("generation_spend", -1), ("refund", 1)]


# -- Data Integrity Guarantees ---------------------------------------------------------------------------------------


def test_check_constraints_a_balance_is_never_negative(cloud: Cloud) -> None:
    ada = buyer(cloud, "ten")
    assert ask(ada, areas=[f"area {number}" for number in range(8)]).status == 202

    with ledger_kit.nothing_moves():
        assert ask(ada, "k2", areas=["a", "b", "c"]).problem == (402, "insufficient-tokens")


def test_check_constraints_the_tiers_are_what_the_plans_are_called(cloud: Cloud) -> None:
    plans = api.get("get_catalog").body["plans"]

    assert [(plan["id"], plan["kind"]) for plan in plans] == [
        ("monthly-pro", "subscription"),
        ("seven-day-pass", "pass"),
        ("per-property", "pass"),
    ]


def test_check_constraints_a_reload_threshold_is_1_to_100_and_its_amount_at_least_10(cloud: Cloud) -> None:
    reload = api.get("get_catalog").body["autoReload"]
    packages = {package["id"]: package["tokens"] for package in api.get("get_catalog").body["packages"]}

    assert (reload["thresholdMin"], reload["thresholdMax"]) == (1, 100)
    assert [packages[package] for package in reload["packages"]] == [10, 50]


@pytest.mark.parametrize(
    ("offer", "key"),
    [
        ({"plan": "seven-day-pass"}, "seven-day-pass"),
        ({"plan": "per-property", "property": "villa-1"}, "per-property:villa-1"),
    ],
)
def test_check_constraints_a_pass_is_bought_once_and_ends(cloud: Cloud, offer: dict[str, str], key: str) -> None:
    ada = ledger_kit.account()
    session = api.post("create_checkout", offer, by=ada, key="k1").body
    assert cloud.pay(session["url"]) == 303

    for _ in range(2):
        assert deliver(cloud.event("completed", session["sessionId"])).status == 200

    held = field(f"users/{ada.user_id}", "passes")[key]
    days = {"seven-day-pass": 7, "per-property": 30}[held["plan"]]
    assert (
        datetime.timedelta(0) <= held["until"] - now() - datetime.timedelta(days=days - 1) <= datetime.timedelta(days=1)
    )
    assert lines(ada) == [("purchase", 0)]


# -- Tables Created --------------------------------------------------------------------------------------------------


def test_tables_9_styles_are_presets_of_prompts_with_an_active_flag(cloud: Cloud) -> None:
    styles = api.get("get_catalog").body["styles"]
    ada = buyer(cloud)

    assert [style["id"] for style in styles] == ["modern", "cottage", "desert"]
    assert ask(ada, style="desert").status == 202
    assert ask(ada, "k2", style="baroque").problem == (422, "invalid-request")


def test_tables_7_a_webhook_is_processed_once_and_logged(cloud: Cloud) -> None:
    ada = buyer(cloud)
    [line] = ledger_kit.lines(ada).values()
    event = cloud.event("completed", line["details"]["stripeSessionId"])

    for _ in range(2):
        assert deliver(event).status == 200

    assert field(f"webhookEvents/{event['id']}", "status") == "processed"
    assert lines(ada) == [("purchase", 50)]


# -- Readiness Status ------------------------------------------------------------------------------------------------


def test_user_story_5_several_areas_are_one_generation_and_one_price_each(cloud: Cloud) -> None:
    ada = buyer(cloud)
    made = ask(ada, areas=["front yard", "back yard", "fail-me"]).body["generationId"]
    cloud.run(made)

    shown = api.get("get_generation", by=ada, id=made).body
    assert [area["status"] for area in shown["areas"]] == ["succeeded", "succeeded", "failed"]
    assert ledger_kit.balance(ada) == 48


def test_user_story_6_the_history_is_filtered_paged_and_exported(cloud: Cloud) -> None:
    ada = buyer(cloud)
    for key in ("k1", "k2"):
        ask(ada, key)

    first = api.get("list_transactions", by=ada, type="generation_spend", limit=1).body
    second = api.get("list_transactions", by=ada, type="generation_spend", limit=1, cursor=first["nextCursor"]).body
    assert [line["amount"] for page in (first, second) for line in page["transactions"]] == [-1, -1]
    exported = api.get("export_transactions", by=ada).body.splitlines()
    assert [row.split(",")[1:4] for row in exported[1:]] == [
        ["purchase", "50", "50"],
        ["generation_spend", "-1", "49"],
        ["generation_spend", "-1", "48"],
    ]
