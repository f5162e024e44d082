"""Needs the Firestore emulator, for its project only: the catalogue reads nothing."""

import pytest

from functions import get_catalog
from local.costs.meter import metered
from shared.config import ECONOMIES
from shared.economy import chosen
from tests.support import api


def package(name: str, tokens: int, amount: int, bonus_percent: int) -> dict[str, object]:
    return {
        "id": name,
        "name": f"{name.capitalize()} Token Pack",
        "tokens": tokens,
        "amount": amount,
        "currency": "usd",
        "bonusPercent": bonus_percent,
        "grantsAccess": False,
    }


def subscription(name: str, amount: int, **gives: object) -> dict[str, object]:
    return {
        "id": name,
        "name": name.capitalize(),
        "tier": name,
        "kind": "subscription",
        "amount": amount,
        "currency": "usd",
        "interval": "month",
        "tokens": 0,
        "tokensExpire": "never",
        "unlimitedPerDay": None,
        "features": [],
        "days": None,
        "perProperty": False,
        "grantsAccess": False,
    } | gives


def test_the_catalogue_shows_what_phoenix_sells_to_somebody_signed_out(project: str) -> None:
    answer = api.get("get_catalog")

    assert answer.status == 200
    assert answer.body == {
        "unit": "token",
        "signupBonus": 10,
        "bonusDays": 0,
        "trial": None,
        "accessRequired": False,
        "packages": [
            package("starter", 50, 499, 0),
            package("popular", 110, 999, 10),
            package("pro", 250, 1999, 25),
            package("creator", 700, 4999, 40),
        ],
        "plans": [
            subscription("plus", 999, tokens=130, tokensExpire="period"),
            subscription("studio", 1999, tokens=280, tokensExpire="period"),
            subscription("atelier", 3999, unlimitedPerDay=40, features=["image"]),
        ],
        "features": [{"id": "image", "name": "Image", "kind": "image", "cost": 5}],
        "styles": [],
        "tip": {"min": 1, "max": 10_000, "presets": [1, 5, 10, 50]},
        "autoReload": {
            "thresholdMin": 1,
            "thresholdMax": 100,
            "packages": ["starter", "popular", "pro", "creator"],
        },
    }


def test_the_catalogue_follows_the_economy(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECONOMY", "yarda")

    catalog = api.get("get_catalog").body

    assert (catalog["signupBonus"], catalog["trial"]) == (0, {"images": 3, "features": ["landscape"]})
    assert catalog["features"] == [{"id": "landscape", "name": "Landscape design", "kind": "image", "cost": 1}]
    assert catalog["plans"][2] == {
        "id": "per-property",
        "name": "One property",
        "tier": "per_property",
        "kind": "pass",
        "amount": 999,
        "currency": "usd",
        "interval": None,
        "tokens": 0,
        "tokensExpire": "never",
        "unlimitedPerDay": 50,
        "features": ["landscape"],
        "days": 30,
        "perProperty": True,
        "grantsAccess": False,
    }
    assert catalog["styles"][0] == {"id": "modern", "name": "Modern", "features": ["landscape"]}
    assert catalog["autoReload"] == {"thresholdMin": 1, "thresholdMax": 100, "packages": ["ten", "fifty"]}


def test_the_catalogue_shows_no_style_that_is_not_active(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    yarda = chosen.load(ECONOMIES / "yarda.toml")
    first, second, third = yarda.styles
    styles = (first, second.model_copy(update={"active": False}), third)
    monkeypatch.setattr(get_catalog, "economy", lambda: yarda.model_copy(update={"styles": styles}))

    assert [style["id"] for style in api.get("get_catalog").body["styles"]] == ["modern", "desert"]


def test_the_catalogue_says_that_there_are_no_tips_packages_or_reloads(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECONOMY", "interiors")

    catalog = api.get("get_catalog").body

    assert (catalog["unit"], catalog["tip"], catalog["packages"], catalog["autoReload"]) == ("credit", None, [], None)


def test_the_catalogue_costs_no_read(project: str) -> None:
    with metered() as cost:
        api.get("get_catalog")

    assert (cost.rpcs, cost.reads) == (0, 0)


def test_refusals(project: str) -> None:
    assert api.get("get_catalog", economy="yarda").problem == (422, "invalid-request")
    assert api.get("get_catalog", headers={"Authorization": "Bearer x"}).problem == (401, "unauthenticated")
