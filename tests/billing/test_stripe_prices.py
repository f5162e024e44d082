"""Needs the Firestore emulator and the local Stripe. Prices of plans and packages: found by their keys, or made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared import config
from shared.billing import offers, stripe_prices
from shared.economy import chosen
from shared.economy.offers import Plan
from shared.ledger.offer import Offer
from tests.support import api
from tests.support.cloud_kit import Cloud, checkout, document, documents, field, open_account
from tests.support.concurrently import concurrently
from tests.support.people import Person

PLUS_KEY = "guilder_phoenix_plus_999_usd_month_130"
STARTER_KEY = "guilder_phoenix_starter_499_usd_50"

Edit = Callable[[str, str], None]


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Edit:
    """Changes a text in the economy file from now on."""
    written = tmp_path / "phoenix.toml"
    written.write_text((config.ECONOMIES / "phoenix.toml").read_text(encoding="utf-8"), encoding="utf-8")

    def change(old: str, new: str) -> None:
        text = written.read_text(encoding="utf-8")
        assert old in text
        written.write_text(text.replace(old, new), encoding="utf-8")
        monkeypatch.setattr(chosen, "ECONOMIES", tmp_path)
        chosen.economy.cache_clear()

    return change


def plus() -> Plan:
    plan = chosen.economy().plan("plus")
    assert plan is not None
    return plan


def subscribe(person: Person) -> Any:
    answer = api.post("create_checkout", {"plan": "plus"}, by=person, key=api.new_key())
    assert answer.status == 200, answer
    return answer.body


def price_of(cloud: Cloud, session: Any) -> str:
    """The id of the price that the session sells."""
    [line] = cloud.stripe_get(f"checkout/sessions/{session['sessionId']}/line_items")["data"]
    price: str = line["price"]["id"]
    return price


def prices(cloud: Cloud, key: str = PLUS_KEY) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloud.stripe_get(f"prices?lookup_keys[0]={key}&active=true")["data"]
    return found


def new_price(cloud: Cloud, key: Any = PLUS_KEY, **fields: object) -> str:
    """The id of a price that somebody else made: ten dollars a month, but for ``fields``."""
    product = cloud.stripe_post("products", name="Plus")["id"]
    form = {"product": product, "unit_amount": 999, "currency": "usd", "recurring[interval]": "month"} | fields
    made: str = cloud.stripe_post("prices", lookup_key=key, **{name: it for name, it in form.items() if it})["id"]
    return made


def test_the_price_of_a_plan_is_made_by_the_first_buyer_and_its_offer_is_on_record(cloud: Cloud) -> None:
    ada, ben = open_account(), open_account()

    sold = [price_of(cloud, subscribe(person)) for person in (ada, ben)]

    [price] = prices(cloud)
    assert sold == [price["id"]] * 2
    assert (price["unit_amount"], price["currency"], price["recurring"]["interval"]) == (999, "usd", "month")
    assert price["product"] == "guilder-phoenix-plus"
    assert offers.get_all(sold) == {
        price["id"]: Offer(
            price_id=price["id"],
            plan="plus",
            tier="plus",
            name="Plus",
            tokens=130,
            amount=999,
            currency="usd",
            interval="month",
            economy="phoenix@1",
            unlimited_per_day=None,
            features=(),
            grants_access=False,
            tokens_expire=True,
            grace_days=3,
        )
    }


def test_ten_first_buyers_at_once_make_one_price(cloud: Cloud) -> None:
    made = concurrently(10, lambda _: stripe_prices.of(plus()))

    assert len(set(made)) == len(prices(cloud)) == len(documents("offers")) == 1


def test_a_price_that_a_deployment_made_is_found_and_its_offer_recorded(cloud: Cloud) -> None:
    price = new_price(cloud)

    assert stripe_prices.of(plus()) == price
    assert field(f"offers/{price}", "tokens") == 130
    assert len(prices(cloud)) == 1


def test_another_amount_is_another_price_and_the_old_offer_stays(cloud: Cloud, edit: Edit) -> None:
    first = stripe_prices.of(plus())
    before = document(f"offers/{first}")

    edit("tokens = 130", "tokens = 150")
    second = stripe_prices.of(plus())

    assert second != first
    assert (document(f"offers/{first}"), field(f"offers/{second}", "tokens")) == (before, 150)
    assert prices(cloud)[0]["id"] == first  # under a key of its own


def test_other_terms_under_the_same_key_are_a_new_price_that_takes_the_key_over(cloud: Cloud, edit: Edit) -> None:
    first = stripe_prices.of(plus())
    before = document(f"offers/{first}")

    edit("tokens = 130", "tokens = 130\ngrants_access = true")
    second, again = stripe_prices.of(plus()), stripe_prices.of(plus())

    assert second == again != first
    assert [price["id"] for price in prices(cloud)] == [second]
    assert (document(f"offers/{first}"), field(f"offers/{second}", "grantsAccess")) == (before, True)


def test_another_name_or_version_of_the_file_is_the_same_price(cloud: Cloud, edit: Edit) -> None:
    first = stripe_prices.of(plus())

    edit("version = 1", "version = 2")
    edit('name = "Plus"', 'name = "Plus plan"')

    assert stripe_prices.of(plus()) == first
    assert field(f"offers/{first}", "economy") == "phoenix@1"


@pytest.mark.threat(12, 45)
@pytest.mark.parametrize(
    "wrong", [{"unit_amount": 100}, {"currency": "eur"}, {"recurring[interval]": "year"}, {"recurring[interval]": ""}]
)
def test_a_price_that_costs_something_else_than_its_key_says_is_not_sold(
    cloud: Cloud, wrong: dict[str, object]
) -> None:
    new_price(cloud, **wrong)
    ada = open_account()

    answer = api.post("create_checkout", {"plan": "plus"}, by=ada, key="k1")

    assert answer.problem == (500, "internal-error")
    assert documents("orders") == documents("offers") == {}


def test_a_plan_whose_price_was_archived_gets_another_that_takes_the_key_over(cloud: Cloud) -> None:
    archived = new_price(cloud)
    cloud.stripe_post(f"prices/{archived}", active="false")

    made = stripe_prices.of(plus())

    assert [price["id"] for price in prices(cloud)] == [made] != [archived]


# Packages


def test_a_package_is_sold_at_its_price_at_stripe_where_there_is_one(cloud: Cloud) -> None:
    ada, ben = open_account(), open_account()
    inline = price_of(cloud, checkout(ada))
    price = new_price(cloud, STARTER_KEY, unit_amount=499, **{"recurring[interval]": ""})

    assert price_of(cloud, checkout(ben)) == price != inline
    assert documents("offers") == {}


def test_a_price_that_was_archived_after_the_claim_is_not_what_the_buyer_waits_for(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = open_account()
    price = new_price(cloud, STARTER_KEY, unit_amount=499, **{"recurring[interval]": ""})
    of = stripe_prices.of

    def archived(sold: Any) -> str | None:
        found = of(sold)
        cloud.stripe_post(f"prices/{price}", active="false")
        return found

    monkeypatch.setattr(stripe_prices, "of", archived)

    session = checkout(ada, key="k1")

    assert price_of(cloud, session) != price
    assert checkout(ada, key="k1") == session
    assert len(documents("orders")) == 1
