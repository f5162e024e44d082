"""Needs the Firestore emulator. What is on record of a recurring price."""

from dataclasses import replace

from shared.billing import offers
from shared.cloud.clients import STORE, store
from tests.support.cloud_kit import document, documents
from tests.support.concurrently import concurrently
from tests.support.offer_kit import BASIC

PLUS = replace(
    BASIC, price_id="price_plus", plan="plus", tier="plus", name="Plus", tokens=130, amount=999, grants_access=True
)
STUDIO = replace(PLUS, price_id="price_studio", plan="studio", tokens=280, amount=1999, unlimited_per_day=40)


def test_a_recorded_offer_is_read_as_it_was_recorded(project: str) -> None:
    offers.record(PLUS)
    offers.record(STUDIO)

    found = offers.get_all(["price_studio", "price_plus", "price_plus", "price_of_somebody_else"])

    assert found == {"price_plus": PLUS, "price_studio": STUDIO}
    assert offers.get_all([]) == {}


def test_an_offer_stays_as_it_was_first_recorded(project: str) -> None:
    assert offers.record(PLUS) == PLUS
    before = document("offers/price_plus")

    assert offers.record(replace(PLUS, tokens=9)) == PLUS
    assert document("offers/price_plus") == before


def test_of_two_that_record_one_price_at_once_the_first_stays(project: str) -> None:
    told = concurrently(2, lambda number: offers.record(replace(PLUS, name=f"Plus {number}")))

    [recorded] = documents("offers").values()
    assert [offer.name for offer in told] == [recorded["name"]] * 2


def test_an_offer_that_a_person_recorded_by_hand_needs_no_more_than_what_it_sells(project: str) -> None:
    by_hand = {
        "plan": "plus",
        "tokens": 130,
        "amount": 999,
        "currency": "usd",
        "interval": "month",
        "economy": "phoenix@1",
    }
    store().collection("offers").document("price_plus").set(by_hand, **STORE)

    assert offers.get_all(["price_plus"]) == {
        "price_plus": replace(PLUS, name="plus", features=(), grants_access=False, tokens_expire=False, grace_days=0)
    }
