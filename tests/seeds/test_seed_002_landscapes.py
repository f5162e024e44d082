"""Needs the Firestore emulator, the local Stripe, Cloud Tasks and Cloud Storage, and a local OIDC issuer.

The foundations of the landscape designer (2025-11-03), under ``yarda``. A test is named for the sentence it is about.
"""

import datetime
from typing import Any

import pytest

from shared.clock import now
from tests.support import api, ledger_kit
from tests.support.cloud_kit import PAYS, Cloud, checkout, deliver, documents, field, lines, open_account
from tests.support.concurrently import concurrently
from tests.support.people import Person
from tests.support.reload_kit import DIES, deliver_events, later, opened_page
from tests.support.subscription_kit import Shop, Subscriber, hear, subscribe


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


def test_add_tokens_supports_auto_reloads_and_every_type_is_named(cloud: Cloud) -> None:
    ada = reloading(cloud)
    assert paid_with_tokens(ada, prompt="fail-me").status == 202
    [made] = documents("generations")
    assert cloud.run(made).status == 200
    assert paid_with_tokens(ada, "k2").status == 202
    assert ada_runs(cloud, ada) == "paid"

    assert [kind for kind, _ in lines(ada)] == [
        *("signup_bonus", "purchase", "generation_spend", "refund", "generation_spend", "auto_reload")
    ]


# -- Database Functions: Auto-Reload ---------------------------------------------------------------------------------


def reloading(cloud: Cloud, card: str = PAYS) -> Person:
    """Somebody with 10 tokens, who has 10 more bought below 10 of them."""
    person = open_account(20)
    terms = {"threshold": 10, "package": "ten", "monthlyCap": 9900}
    assert cloud.pay(opened_page(person, **terms), card) == 303
    deliver_events(cloud, "checkout.session.completed")
    assert api.get("get_wallet", by=person).body["tokenBalance"] == 10
    return person


def paid_with_tokens(person: Person, key: str = "k1", **fields: object) -> api.Answer:
    return ask(person, key, payWith="tokens", **fields)


def ada_runs(cloud: Cloud, person: Person) -> object:
    """What the task comes to that a payment asks for."""
    return cloud.call("run_reload", {"userId": person.user_id}).body["outcome"]


def test_check_auto_reload_trigger_is_asked_after_a_deduction_and_buys_where_all_four_hold(cloud: Cloud) -> None:
    ada = reloading(cloud)
    assert cloud.queued("reloads") == []

    assert paid_with_tokens(ada).status == 202

    assert len(cloud.queued("reloads")) == 1
    assert (ada_runs(cloud, ada), ledger_kit.balance(ada)) == ("paid", 19)


def test_check_auto_reload_trigger_condition_1_it_is_enabled(cloud: Cloud) -> None:
    ada = reloading(cloud)
    assert api.post("set_auto_reload", {"enabled": False}, by=ada).status == 200

    assert paid_with_tokens(ada).status == 202

    assert (cloud.queued("reloads"), ada_runs(cloud, ada), ledger_kit.balance(ada)) == ([], "nothing", 9)


def test_check_auto_reload_trigger_condition_2_the_balance_is_below_the_threshold(cloud: Cloud) -> None:
    ada = reloading(cloud)  # with exactly as many as the threshold

    assert (ada_runs(cloud, ada), ledger_kit.balance(ada)) == ("nothing", 10)


def test_check_auto_reload_trigger_condition_3_sixty_seconds_lie_between_two(cloud: Cloud) -> None:
    ada = reloading(cloud)
    assert paid_with_tokens(ada).status == 202
    assert ada_runs(cloud, ada) == "paid"
    made = paid_with_tokens(ada, "k2", areas=["a", "b", "c", "d", "e"])
    assert cloud.run(made.body["generationId"]).status == 200
    assert paid_with_tokens(ada, "k3", areas=["a", "b", "c", "d", "e"]).status == 202

    assert (ada_runs(cloud, ada), ledger_kit.balance(ada)) == ("nothing", 9)
    later(ada, 60)
    assert (ada_runs(cloud, ada), ledger_kit.balance(ada)) == ("paid", 19)


def test_check_auto_reload_trigger_condition_4_fewer_than_three_have_failed(cloud: Cloud) -> None:
    ada = reloading(cloud, DIES)
    assert paid_with_tokens(ada).status == 202
    for _ in range(3):
        assert ada_runs(cloud, ada) == "declined"
        later(ada, 60)

    assert (ada_runs(cloud, ada), ledger_kit.balance(ada)) == ("nothing", 9)
    assert api.get("get_wallet", by=ada).body["autoReload"]["paused"] == "declined"


# -- Database Functions: Trial Management ----------------------------------------------------------------------------


@pytest.fixture
def newcomer(_yarda: None) -> Person:
    """Somebody who just signed up: three designs for nothing, and no token."""
    person = Person()
    assert api.post("open_account", by=person).body["tokenBalance"] == 0
    assert trial(person) == {"remaining": 3, "used": 0}
    return person


def trial(person: Person) -> object:
    return api.get("get_wallet", by=person).body["trial"]


def test_deduct_trial_atomic_deducts_one_and_answers_what_remains(newcomer: Person) -> None:
    answer = ask(newcomer)

    assert (answer.status, answer.body["paidBy"], answer.body["cost"]) == (202, "trial", 0)
    assert answer.body["trialRemaining"] == 2
    assert trial(newcomer) == {"remaining": 2, "used": 1}


def test_deduct_trial_atomic_prevents_races_and_never_goes_below_0(newcomer: Person) -> None:
    answers = concurrently(5, lambda number: api.patient(lambda: ask(newcomer, f"k{number}")))

    assert sorted(answer.status for answer in answers) == [202, 202, 202, 402, 402]
    assert trial(newcomer) == {"remaining": 0, "used": 3}


def test_refund_trial_gives_back_what_failed_once(cloud: Cloud, newcomer: Person) -> None:
    made = ask(newcomer, areas=["front yard", "fail-me"]).body["generationId"]
    assert trial(newcomer) == {"remaining": 1, "used": 2}

    for _ in range(2):
        assert cloud.run(made).status == 200

    assert trial(newcomer) == {"remaining": 2, "used": 1}
    assert lines(newcomer) == [("signup_bonus", 0), ("generation_spend", 0), ("refund", 0)]


def test_user_story_1_a_trial_that_is_too_small_is_passed_over_and_told(newcomer: Person) -> None:
    with ledger_kit.nothing_moves():
        refused = ask(newcomer, areas=["front", "back", "left", "right"])

    assert refused.problem == (402, "insufficient-tokens")
    assert refused.body == refused.body | {"trialRemaining": 3, "required": 4}


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


def subscription(person: Person) -> dict[str, Any]:
    found: dict[str, Any] = api.get("get_wallet", by=person).body["subscription"]
    return found


def test_check_constraints_who_bought_nothing_is_on_the_free_tier(newcomer: Person) -> None:
    wallet = api.get("get_wallet", by=newcomer).body

    assert (wallet["subscription"], wallet["passes"]) == (None, [])


def test_user_story_4_a_subscription_is_active_past_due_and_cancelled_as_stripe_says(
    cloud: Cloud, newcomer: Person
) -> None:
    session = api.post("create_checkout", {"plan": "monthly-pro"}, by=newcomer, key="k1").body
    assert cloud.pay(session["url"]) == 303
    shop = Shop(cloud, "", "")
    hear(shop.events())
    assert (subscription(newcomer)["tier"], subscription(newcomer)["status"]) == ("monthly_pro", "active")
    designed = ask(newcomer, areas=["front", "back", "left", "right"])
    assert (designed.body["paidBy"], designed.body["cost"], trial(newcomer)) == ("plan", 0, {"remaining": 3, "used": 0})

    customer = field(f"users/{newcomer.user_id}", "stripeCustomerId")
    subscriber = Subscriber(shop, newcomer, customer, subscription(newcomer)["id"])
    subscriber.pays_with(DIES)
    subscriber.renew()
    hear(shop.events("invoice.payment_failed"))
    assert subscription(newcomer)["status"] == "past_due"

    cloud.stripe_delete(f"subscriptions/{subscriber.id}")
    hear(shop.events("customer.subscription.deleted"))
    assert subscription(newcomer)["status"] == "cancelled"
    assert lines(newcomer) == [("signup_bonus", 0), ("subscription_grant", 0), ("generation_spend", 0)]


def test_check_constraints_a_subscription_that_was_never_paid_is_inactive(cloud: Cloud, newcomer: Person) -> None:
    api.post("create_checkout", {"plan": "monthly-pro"}, by=newcomer, key="k1")
    [price] = documents("offers")
    shop = Shop(cloud, "", "")
    customer = field(f"users/{newcomer.user_id}", "stripeCustomerId")

    subscribe(shop, price, newcomer, card=DIES, customer=customer)
    hear(shop.events())

    assert (subscription(newcomer)["tier"], subscription(newcomer)["status"]) == ("monthly_pro", "inactive")


def test_unique_constraints_one_mailbox_has_one_trial_and_one_user_one_account(cloud: Cloud) -> None:
    first, second = (Person(claims={"email": "ada@example.com"}) for _ in range(2))

    for person in (first, first, second):
        assert api.post("open_account", by=person).status == 200

    assert (trial(first), trial(second)) == ({"remaining": 3, "used": 0}, None)
    assert len(documents("transactions")) == 1


def test_check_constraints_a_reload_threshold_is_1_to_100_and_its_amount_at_least_10(cloud: Cloud) -> None:
    reload = api.get("get_catalog").body["autoReload"]
    packages = {package["id"]: package["tokens"] for package in api.get("get_catalog").body["packages"]}

    assert (reload["thresholdMin"], reload["thresholdMax"]) == (1, 100)
    assert [packages[package] for package in reload["packages"]] == [10, 50]
    ada = open_account()
    for threshold in (0, 101):
        terms = {"enabled": True, "threshold": threshold, "package": "ten", "monthlyCap": 9900}
        assert api.post("set_auto_reload", terms, by=ada).problem == (422, "invalid-request")


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


def test_tables_4_and_8_a_generation_says_how_it_was_paid_and_until_when_its_images_are_there(
    cloud: Cloud, newcomer: Person
) -> None:
    made = ask(newcomer).body["generationId"]
    assert cloud.run(made).status == 200

    shown = api.get("get_generation", by=newcomer, id=made).body
    assert (shown["status"], shown["charge"]["paidBy"]) == ("succeeded", "trial")
    assert [bool(area["imageUrl"]) for area in shown["areas"]] == [True]
    assert shown["imagesExpireAt"]


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
