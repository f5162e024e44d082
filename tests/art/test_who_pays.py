"""Needs the Firestore emulator, local Cloud Tasks and Cloud Storage, and a local OIDC issuer."""

import datetime
from collections import Counter
from typing import Any

import pytest

from local.costs.meter import metered
from shared import clock
from shared.art import generations
from shared.economy.terms import AccessGate, Limits, Trial
from shared.ledger.funds import Funds
from tests.support import api, economy_kit, ledger_kit
from tests.support.cloud_kit import Cloud, documents, field, generate, write
from tests.support.concurrently import concurrently
from tests.support.generation_kit import NO_PICTURE, ImageModel, artist, generation
from tests.support.people import Person

NOON = datetime.datetime(2026, 11, 29, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
TODAY = "day_20261129"

PLAN: dict[str, Any] = {
    "id": "sub_1",
    "plan": "atelier",
    "tier": "atelier",
    "status": "active",
    "until": NOON + 9 * DAY,
    "actionUrl": None,
    "unlimitedPerDay": 40,
    "features": ["image"],
    "grantsAccess": False,
}
PASS: dict[str, Any] = {"plan": "week", "until": NOON + DAY, "unlimitedPerDay": 20, "features": ["image"]}
VILLA = PASS | {"plan": "per-property"}
TRIAL = {"remaining": 3, "used": 0}


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon where Firestore is, and the economy has a trial."""
    at(monkeypatch, NOON)
    economy_kit.use(monkeypatch, trial=Trial(images=3, features=("image",)))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ImageModel:
    return ImageModel(monkeypatch)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime.datetime) -> None:
    monkeypatch.setattr(clock, "at", lambda _: moment)


def holder(purchased: int = 0, **fields: object) -> Person:
    """A person whose account holds these tokens, and is written to hold the fields."""
    ada = ledger_kit.account(purchased=purchased)
    if fields:
        ledger_kit.change(ada, **fields)
    return ada


def ask(person: Person, images: int = 1, key: str | None = None, **fields: object) -> api.Answer:
    areas = {"areas": [f"area {n}" for n in range(images)]} if images > 1 else {}
    body = {"feature": "image", "prompt": "a lighthouse", **areas, **fields}
    return api.post("generate", body, by=person, key=key or api.new_key())


def usage(person: Person) -> Any:
    return ledger_kit.fields(person).get("usage")


def trial(person: Person) -> Any:
    return ledger_kit.fields(person)["trial"]


def lines(person: Person, kind: str) -> list[dict[str, Any]]:
    return [line for line in ledger_kit.lines(person).values() if line["type"] == kind]


# -- by each means ---------------------------------------------------------------------------------------------------

MEANS: list[tuple[dict[str, Any], dict[str, Any], str, str | None]] = [
    ({"subscription": PLAN, "passes": {"week": PASS}, "trial": TRIAL}, {}, "plan", "atelier"),
    ({"passes": {"week": PASS}, "trial": TRIAL}, {}, "pass", "week"),
    ({"passes": {"per-property:villa-1": VILLA}}, {"property": "villa-1"}, "pass", "per-property:villa-1"),
    ({"trial": TRIAL}, {}, "trial", None),
    ({"passes": {"per-property:villa-1": VILLA}}, {"property": "villa-2"}, "tokens", None),
    ({"subscription": PLAN, "passes": {"week": PASS}, "trial": TRIAL}, {"payWith": "tokens"}, "tokens", None),
]


@pytest.mark.parametrize(
    ("held", "asked", "paid_by", "plan"),
    MEANS,
    ids=["plan", "pass", "property", "trial", "another property", "tokens as asked"],
)
def test_whatever_pays_it_is_two_round_trips_one_read_and_three_writes_and_one_line(
    cloud: Cloud, held: dict[str, Any], asked: dict[str, Any], paid_by: str, plan: str | None
) -> None:
    ada = holder(purchased=50, **held)

    with metered() as cost:
        answer = ask(ada, images=2, **asked)

    paid = 10 if paid_by == "tokens" else 0
    assert answer.status == 202
    assert answer.body | {"cost": paid, "tokenBalance": 50 - paid, "paidBy": paid_by} == answer.body
    assert (cost.rpcs, cost.reads, cost.writes) == (2, 1, 3)
    (line,) = lines(ada, "generation_spend")
    assert line["amount"] == -paid
    told = {"paidBy": paid_by, "images": 2} if paid_by != "tokens" else {}
    assert line["details"] == {"generationId": answer.body["generationId"], "feature": "image", "areas": 2} | told
    counted = {"images": 2} | ({"byPlan": {plan: 2}} if plan else {})
    assert usage(ada) == {TODAY: counted}
    made = generation(answer.body["generationId"])
    assert (made["paidBy"], made["cost"], made["property"]) == (paid_by, paid, asked.get("property"))
    assert made["counted"] == {"day": 20261129, "plan": plan}
    ledger_kit.assert_books_balance(cloud.project)


def test_the_trial_is_told_before_and_after_and_what_was_spent_counts_tokens_only(cloud: Cloud) -> None:
    ada = holder(trial=TRIAL)

    assert ask(ada, images=2).body["trialRemaining"] == 1

    assert trial(ada) == {"remaining": 1, "used": 2}
    assert ledger_kit.fields(ada)["totalTokensSpent"] == 0
    refusal = ask(ada, images=2)
    assert refusal.problem == (402, "insufficient-tokens")
    assert (refusal.body["required"], refusal.body["trialRemaining"]) == (10, 1)


@pytest.mark.threat(9)
def test_a_retry_of_what_the_trial_paid_answers_the_same_and_takes_nothing_more(cloud: Cloud) -> None:
    ada = holder(trial={"remaining": 1, "used": 2})
    first = ask(ada, key="k1")

    with ledger_kit.nothing_moves():
        again = ask(ada, key="k1")

    assert (again.status, again.body) == (202, first.body)
    assert first.body | {"cost": 0, "paidBy": "trial", "trialRemaining": 0} == first.body


@pytest.mark.threat(1)
def test_of_fifty_at_once_on_one_image_of_the_trial_one_is_accepted(cloud: Cloud) -> None:
    ada = holder(trial={"remaining": 1, "used": 2})

    answers = concurrently(50, lambda _: api.patient(lambda: ask(ada)))

    assert Counter(answer.status for answer in answers) == {202: 1, 402: 49}
    assert trial(ada) == {"remaining": 0, "used": 3}
    assert len(documents("generations")) == 1
    assert usage(ada) == {TODAY: {"images": 1}}


def test_free_images_are_those_of_the_trial_and_those_with_a_token_of_the_bonus(cloud: Cloud) -> None:
    ada = artist(purchased=10)  # and a bonus of 10
    ledger_kit.change(ada, trial={"remaining": 2, "used": 1})
    made = [ask(ada, images=images).body["generationId"] for images in (2, 3)]
    ledger_kit.change(ada, tokenBalance=16, funds={"bonus": 6, "purchased": 10, "earned": 0})
    made.append(ask(ada, images=3).body["generationId"])

    assert [generation(one)["freeImages"] for one in made] == [2, 2, 2]
    assert ledger_kit.funds(ada) == Funds(purchased=1)


# -- what failed is given back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "paid_by", "plan"),
    [
        ({"subscription": PLAN}, "plan", "atelier"),
        ({"passes": {"week": PASS}}, "pass", "week"),
        ({"trial": TRIAL}, "trial", None),
        ({}, "tokens", None),
    ],
    ids=["plan", "pass", "trial", "tokens"],
)
def test_an_image_that_fails_gives_its_place_back_once_whoever_settles(
    cloud: Cloud, model: ImageModel, held: dict[str, Any], paid_by: str, plan: str | None
) -> None:
    ada = holder(purchased=50, **held)
    model.answers["sea"] = NO_PICTURE
    made = generate(ada, areas=["sky", "sea"], publish=False)

    concurrently(4, lambda _: cloud.run(made))
    write(f"generations/{made}", updatedAt=NOON - DAY * 300)
    cloud.call("sweep_generations")
    assert cloud.run(made).status == 200

    assert usage(ada) == {TODAY: {"images": 1} | ({"byPlan": {plan: 1}} if plan else {})}
    assert ledger_kit.fields(ada).get("trial") == ({"remaining": 2, "used": 1} if paid_by == "trial" else None)
    (line,) = lines(ada, "refund")
    paid = 5 if paid_by == "tokens" else 0
    told = {"paidBy": paid_by, "images": 1} if paid_by != "tokens" else {}
    assert (line["amount"], line["details"]) == (paid, {"generationId": made, "feature": "image", "areas": 1} | told)
    assert generation(made) | {"status": "partial", "refunded": paid} == generation(made)
    assert ledger_kit.balance(ada) == 50 - paid
    ledger_kit.assert_books_balance(cloud.project)


def test_a_place_is_given_back_to_the_day_it_was_counted_on_and_days_gone_are_dropped_by_the_next_payment(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = holder(subscription=PLAN)
    model.answers["sea"] = NO_PICTURE
    made = generate(ada, areas=["sky", "sea"], publish=False)
    at(monkeypatch, NOON + DAY)

    cloud.run(made)
    assert usage(ada) == {TODAY: {"images": 1, "byPlan": {"atelier": 1}}}

    late = generate(ada)
    assert usage(ada) == {"day_20261130": {"images": 1, "byPlan": {"atelier": 1}}}
    assert generation(late)["counted"] == {"day": 20261130, "plan": "atelier"}


def test_a_generation_that_nobody_counted_is_refunded_as_ever(cloud: Cloud, model: ImageModel) -> None:
    ada = holder(purchased=50)
    model.answers[""] = NO_PICTURE
    made = generate(ada, publish=False)
    write(f"generations/{made}", counted=None, paidBy=None)

    cloud.run(made)

    assert usage(ada) == {TODAY: {"images": 1}}
    assert ledger_kit.balance(ada) == 50


# -- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purchased", [0, 50])
def test_a_plan_whose_day_is_full_is_refused_and_charges_nothing_unless_tokens_are_to_pay(
    cloud: Cloud, purchased: int
) -> None:
    ada = holder(purchased=purchased, subscription=PLAN, usage={TODAY: {"images": 40, "byPlan": {"atelier": 40}}})

    with ledger_kit.nothing_moves(), metered() as cost:
        answer = ask(ada)

    assert answer.problem == (429, "fair-use-reached")
    assert (answer.body["perDay"], answer.body["resetsAt"]) == (40, "2026-11-30T00:00:00.000000Z")
    assert answer.headers["Retry-After"] == str(12 * 3600 + 1)
    assert (cost.rpcs, cost.reads, cost.writes) == (1, 1, 0)
    assert ask(ada, payWith="tokens").status == (202 if purchased else 402)


def test_a_trial_of_three_is_passed_over_for_four_images_which_tokens_pay_or_nothing(cloud: Cloud) -> None:
    ada, ben = holder(purchased=20, trial=TRIAL), holder(trial=TRIAL)

    paid, refused = ask(ada, images=4), ask(ben, images=4)

    assert (paid.body["paidBy"], paid.body["cost"], paid.body["trialRemaining"]) == ("tokens", 20, 3)
    assert refused.problem == (402, "insufficient-tokens")
    assert (refused.body["required"], refused.body["trialRemaining"]) == (20, 3)
    assert trial(ada) == trial(ben) == TRIAL


FULL = {TODAY: {"images": 40, "byPlan": {"atelier": 40}}}


@pytest.mark.parametrize(
    ("fields", "paid_by"),
    [
        ({"subscription": PLAN, "passes": {"week": PASS}, "usage": FULL}, "pass"),
        ({"subscription": PLAN, "trial": TRIAL, "usage": FULL}, "trial"),
        ({"subscription": PLAN | {"status": "past_due", "until": NOON - 3 * DAY + DAY / 24}}, "plan"),
        ({"subscription": PLAN | {"status": "past_due", "until": NOON - 3 * DAY}}, "tokens"),
        ({"subscription": PLAN | {"status": "cancelled", "until": NOON - DAY / 24}}, "tokens"),
    ],
    ids=["a pass steps in", "the trial steps in", "late, within its grace", "late, after its grace", "cancelled"],
)
def test_what_a_plan_does_not_pay_for_another_means_does(cloud: Cloud, fields: dict[str, Any], paid_by: str) -> None:
    ada = holder(purchased=5, **fields)

    assert ask(ada).body["paidBy"] == paid_by


def test_the_next_day_has_room_again(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = holder(subscription=PLAN, usage={TODAY: {"images": 40, "byPlan": {"atelier": 40}}})
    at(monkeypatch, NOON + DAY / 2)

    assert ask(ada).body["paidBy"] == "plan"


@pytest.mark.parametrize("purchased", [0, 50])
def test_without_access_nothing_is_made_where_it_is_required(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, purchased: int
) -> None:
    economy_kit.use(monkeypatch, access=AccessGate(required=True))
    ada = holder(purchased=purchased)

    with ledger_kit.nothing_moves():
        assert ask(ada).problem == (402, "access-required")

    ledger_kit.change(ada, access={"since": NOON, "by": "cs_1"})
    assert ask(ada).status == (202 if purchased else 402)


@pytest.mark.threat(67)
def test_a_wallet_makes_so_many_images_a_day(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    economy_kit.limit(monkeypatch, images_per_day=8)
    ada = holder(purchased=50, usage={TODAY: {"images": 7}})

    with ledger_kit.nothing_moves(), metered() as cost:
        answer = ask(ada, images=2)

    assert answer.problem == (429, "daily-limit")
    assert (answer.body["limit"], answer.body["left"]) == (8, 1)
    assert answer.headers["Retry-After"] == str(12 * 3600 + 1)
    assert (cost.rpcs, cost.reads, cost.writes) == (1, 1, 0)
    assert ask(ada).status == 202
    assert ask(ada).problem == (429, "daily-limit")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"payWith": "trial"}, "payWith"),
        ({"payWith": "Tokens"}, "payWith"),
        ({"payWith": True}, "payWith"),
        ({"property": ""}, "property"),
        ({"property": "villa_1"}, "property"),
        ({"property": "villa 1"}, "property"),
        ({"property": "x" * 65}, "property"),
        ({"property": 7}, "property"),
        ({"paidBy": "plan"}, "paidBy"),
    ],
)
def test_what_is_no_property_and_no_way_to_pay_is_refused(cloud: Cloud, change: dict[str, Any], field: str) -> None:
    ada = holder(purchased=50, subscription=PLAN)

    with ledger_kit.nothing_moves():
        answer = ask(ada, **change)

    assert answer.problem == (422, "invalid-request")
    assert [error["field"] for error in answer.body["errors"]] == [field]
    assert documents("generations") == {}


@pytest.mark.parametrize(
    "fields",
    [{"trial": {"remaining": -1, "used": 4}}, {"subscription": "atelier"}, {"usage": {TODAY: {"images": "many"}}}],
    ids=["trial", "subscription", "usage"],
)
def test_what_makes_no_sense_pays_for_nothing(cloud: Cloud, fields: dict[str, Any]) -> None:
    ada = holder(purchased=50, **fields)

    with ledger_kit.nothing_moves():
        assert ask(ada).problem == (503, "wallet-inconsistent")


@pytest.mark.parametrize(
    ("change", "problem"), [({"frozen": "fraud"}, (403, "wallet-frozen")), ({"debt": 1}, (402, "tokens-owed"))]
)
def test_a_stopped_wallet_uses_nothing_free_either(
    cloud: Cloud, change: dict[str, Any], problem: tuple[int, str]
) -> None:
    ada = holder(subscription=PLAN, trial=TRIAL, **change)

    with ledger_kit.nothing_moves():
        assert ask(ada).problem == problem


# -- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.threat(67)
def test_so_many_images_wait_at_once_and_they_are_counted_only_where_there_may_be_so_many(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, model: ImageModel
) -> None:
    economy_kit.use(monkeypatch, limits=Limits(images_at_once=8))
    ada = holder(purchased=100)
    first = generate(ada, areas=[f"area {n}" for n in range(5)], publish=False)
    with metered() as cost:
        assert ask(ada, images=3).status == 202
    assert (cost.rpcs, cost.reads, cost.writes) == (2, 1, 3)

    with ledger_kit.nothing_moves(), metered() as cost:
        refusal = ask(ada)

    assert refusal.problem == (429, "too-many-at-once")
    assert refusal.headers["Retry-After"] == str(generations.AT_ONCE_RETRY_SECONDS)
    assert (cost.rpcs, cost.reads, cost.writes) == (2, 2, 0)
    cloud.run(first)
    with metered() as cost:
        assert ask(ada, images=5).status == 202
    assert (cost.rpcs, cost.reads, cost.writes) == (3, 2, 3)
    assert ask(ada).problem == (429, "too-many-at-once")


@pytest.mark.threat(9)
def test_a_retry_of_what_waits_is_not_too_many(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    economy_kit.use(monkeypatch, limits=Limits(images_at_once=8))
    ada = holder(purchased=100)
    first = ask(ada, images=8, key="k1")

    assert ask(ada, images=8, key="k1").body == first.body
    assert ask(ada, images=1, key="k2").problem == (429, "too-many-at-once")


@pytest.mark.threat(67)
def test_of_twenty_at_once_no_more_are_accepted_than_may_wait(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    economy_kit.use(monkeypatch, limits=Limits(images_at_once=8))
    ada = holder(purchased=100)

    answers = concurrently(20, lambda _: api.patient(lambda: ask(ada)))

    assert Counter(answer.status for answer in answers) == {202: 8, 429: 12}
    assert usage(ada)[TODAY]["images"] == 8
    assert field(f"users/{ada.user_id}", "tokenBalance") == 60


# -- lines of 0 ------------------------------------------------------------------------------------------------------


def test_lines_of_no_tokens_are_listed_exported_summed_and_explained(cloud: Cloud, model: ImageModel) -> None:
    ada = holder(purchased=50, trial=TRIAL)
    model.answers["sea"] = NO_PICTURE
    made = generate(ada, key="k1", areas=["sky", "sea"], publish=False)
    cloud.run(made)

    listed = api.get("list_transactions", by=ada).body["transactions"]
    assert [(line["type"], line["amount"]) for line in listed] == [
        ("refund", 0),
        ("generation_spend", 0),
        ("purchase", 50),
    ]
    assert listed[0]["details"] == {
        "generationId": made,
        "feature": "image",
        "areas": 1,
        "paidBy": "trial",
        "images": 1,
    }
    exported = api.get("export_transactions", by=ada).body.splitlines()[2:]
    assert [row.split(",")[1:5] for row in exported] == [
        ["generation_spend", "0", "50", made],
        ["refund", "0", "50", made],
    ]
    stats = api.get("get_stats", by=ada).body
    assert (stats["spent"], stats["types"][1:]) == (
        0,
        [
            {"type": "generation_spend", "count": 1, "amount": 0},
            {"type": "refund", "count": 1, "amount": 0},
        ],
    )
    explained = api.get("explain_charge", by=ada, id=made).body
    told = {"status": "partial", "charged": 0, "returned": 0, "final": True}
    assert explained | told == explained
    assert [line["amount"] for line in explained["lines"]] == [0, 0]
    charge = api.get("get_generation", by=ada, id=made).body["charge"]
    assert charge == {"cost": 0, "refunded": 0, "paidBy": "trial", "final": True}


def test_the_audit_knows_lines_of_no_tokens_and_misses_the_one_that_should_give_back(
    cloud: Cloud, model: ImageModel
) -> None:
    ada = Person()
    assert api.post("open_account", by=ada).status == 200  # which grants the trial
    model.answers["sea"] = NO_PICTURE
    made = generate(ada, areas=["sky", "sea"], publish=False)
    cloud.run(made)
    assert cloud.call("audit_balances").body["discrepancies"] == 0

    other = generate(ada)
    write(f"generations/{other}", status="failed")
    answer = cloud.call("audit_balances")

    findings = documents("audits")["latest-movements"]["findings"]
    assert answer.body["discrepancies"] == 1
    assert [(each["finding"], each["id"]) for each in findings] == [("missing-line", f"generation_{other}_refund")]
