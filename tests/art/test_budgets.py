"""Needs the Firestore emulator, local Cloud Tasks and Cloud Storage, and a local OIDC issuer."""

import pytest

from local.costs.meter import metered
from shared.art import meters
from shared.errors import BudgetUsedUp
from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, documents, generate
from tests.support.concurrently import concurrently
from tests.support.economy_kit import limit
from tests.support.generation_kit import ImageModel, alerts, artist, generation
from tests.support.people import Person


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ImageModel:
    return ImageModel(monkeypatch)


def payer() -> Person:
    """A person who holds nothing but what they paid for."""
    return ledger_kit.account(purchased=50)


def ask(person: Person, key: str | None = None) -> api.Answer:
    request = {"feature": "image", "prompt": "a lighthouse"}
    return api.post("generate", request, by=person, key=key or api.new_key())


def forget() -> None:
    """As another instance, which has learnt nothing."""
    meters._all_learnt.cache_clear()


@pytest.mark.threat(68)
def test_farmed_bonuses_make_as_many_pictures_as_the_free_budget_says_and_who_pays_goes_on(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    limit(monkeypatch, free_images_per_day=8)
    made = [generate(artist(), publish=False, areas=["sky", "sea"]) for _ in range(5)]

    concurrently(len(made), lambda n: cloud.run(made[n]))

    assert len(model.calls) == 8
    assert sum(area["status"] == "failed" for one in made for area in generation(one)["areas"]) == 2
    assert alerts(capsys).count("budget-used-up") == 1
    ada = payer()
    paid = generate(ada, publish=False)
    assert cloud.run(paid).status == 200
    assert generation(paid)["status"] == "succeeded"
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.threat(67)
def test_what_the_budget_refuses_is_refunded_and_says_why(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, provider_images_per_day=8)
    flood = [generate(payer(), publish=False, areas=[f"area {n}" for n in range(8)]) for _ in range(2)]
    cloud.run(flood[0])
    ada = payer()
    made = generate(ada, publish=False)
    forget()

    assert cloud.run(made).status == 200

    assert len(model.calls) == 8
    assert generation(made) | {"status": "failed", "refunded": 5, "error": "budget-used-up"} == generation(made)
    answer = api.get("get_generation", by=ada, id=made).body
    assert [area["error"] for area in answer["areas"]] == ["budget-used-up"]
    assert answer["charge"] | {"cost": 5, "refunded": 5, "final": True} == answer["charge"]
    assert ledger_kit.balance(ada) == 50
    (counted,) = ledger_kit.fields(ada)["usage"].values()
    assert counted == {"images": 0, "refused": 1}


def test_only_the_images_that_nobody_paid_for_count_as_free(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, free_images_per_day=8)
    for _ in range(7):
        meters.count(is_free=True)
    ada = artist(purchased=50)  # and a bonus for two images
    made = generate(ada, publish=False, areas=["sky", "sea", "sand"])

    cloud.run(made)

    assert [area["status"] for area in generation(made)["areas"]] == ["succeeded", "failed", "succeeded"]
    assert model.calls == ["sky", "sand"]


def test_a_picture_costs_one_write_more_for_each_meter_that_counts_it(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    for limits in ({}, {"provider_images_per_day": 100}, {"provider_images_per_day": 100, "free_images_per_day": 100}):
        limit(monkeypatch, **limits)
        made = generate(artist(), publish=False)
        with metered() as cost:
            cloud.run(made)
        written.append(cost.writes)

    assert [more - written[0] for more in written] == [0, 1, 2]


# -- before anything is charged --------------------------------------------------------------------------------------


def test_an_instance_that_knows_the_budget_to_be_used_up_refuses_before_it_charges(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, free_images_per_day=8)
    ada, ben = artist(), payer()
    accepted = ask(ada, key="k1")
    for _ in range(8):
        meters.count(is_free=True)
    with pytest.raises(BudgetUsedUp):
        meters.count(is_free=True)

    with ledger_kit.nothing_moves(), metered() as cost:
        answer = ask(ada)

    assert answer.problem == (503, "budget-used-up")
    assert answer.body["resetsAt"].endswith("T00:00:00.000000Z")
    assert int(answer.headers["Retry-After"]) > 0
    assert (cost.rpcs, cost.reads, cost.writes) == (1, 1, 0)
    assert ask(ada, key="k1").body == accepted.body
    assert ask(ben).status == 202
    assert len(documents("generations")) == 2


def test_who_was_refused_today_has_the_instance_look_and_nobody_else_does(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, free_images_per_day=8)
    for _ in range(8):
        meters.count(is_free=True)
    ada = artist()
    made = generate(ada, publish=False)
    cloud.run(made)
    forget()
    assert ask(artist()).status == 202  # what it does not know it does not ask

    with ledger_kit.nothing_moves(), metered() as cost:
        assert ask(ada).problem == (503, "budget-used-up")

    assert (cost.rpcs, cost.reads, cost.writes) == (2, 17, 0)
    assert ask(artist()).problem == (503, "budget-used-up")
