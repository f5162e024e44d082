"""Needs the Firestore emulator, for its project only: the catalogue reads nothing."""

import pytest

from local.costs.meter import metered
from tests.support import api


def package(name: str, tokens: int, amount: int, bonus_percent: int) -> dict[str, object]:
    return {
        "id": name,
        "name": f"{name.capitalize()} Token Pack",
        "tokens": tokens,
        "amount": amount,
        "currency": "usd",
        "bonusPercent": bonus_percent,
    }


def test_the_catalogue_shows_what_phoenix_sells_to_somebody_signed_out(project: str) -> None:
    answer = api.get("get_catalog")

    assert answer.status == 200
    assert answer.body == {
        "unit": "token",
        "packages": [
            package("starter", 50, 499, 0),
            package("popular", 110, 999, 10),
            package("pro", 250, 1999, 25),
            package("creator", 700, 4999, 40),
        ],
        "features": [{"id": "image", "cost": 5}],
        "tip": {"min": 1, "max": 10_000, "presets": [1, 5, 10, 50]},
    }


def test_the_catalogue_follows_the_economy(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECONOMY", "single")

    assert api.get("get_catalog").body["features"] == [{"id": "image", "cost": 1}]


def test_the_catalogue_costs_no_read(project: str) -> None:
    with metered() as cost:
        api.get("get_catalog")

    assert (cost.rpcs, cost.reads) == (0, 0)


def test_refusals(project: str) -> None:
    assert api.get("get_catalog", economy="single").problem == (422, "invalid-request")
    assert api.get("get_catalog", headers={"Authorization": "Bearer x"}).problem == (401, "unauthenticated")
