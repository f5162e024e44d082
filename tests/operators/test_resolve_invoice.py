"""Needs the Firestore emulator and the local Stripe. Decisions on invoices that nobody could grant."""

from dataclasses import replace

import pytest

from shared.billing import offers
from tests.support import api, ledger_kit
from tests.support.api import Answer, new_key
from tests.support.cloud_kit import Cloud, documents, write
from tests.support.offer_kit import BASIC
from tests.support.people import Person
from tests.support.subscription_kit import Shop, Subscriber, hear, shop, subscribed

pytestmark = pytest.mark.threat(45, 74)

ROOT = Person("root", claims={"admin": True})


@pytest.fixture
def at(cloud: Cloud) -> Shop:
    return shop(cloud)


def resolve(subscriber: Subscriber, decision: str) -> Answer:
    body = {"orderId": subscriber.invoices[0]["id"], "decision": decision, "reason": "support"}
    return api.post("resolve_order", body, by=ROOT, key=new_key())


def parked_on_the_desk() -> list[tuple[str, str]]:
    items = api.get("list_attention", by=ROOT, kind="parked").body["items"]
    return [(item["id"], item["about"]["reason"]) for item in items]


def test_an_unknown_price_is_granted_once_somebody_has_recorded_what_it_sells(at: Shop) -> None:
    price = at.price(700)
    ada = subscribed(at, price=price)
    order_id = ada.invoices[0]["id"]
    assert parked_on_the_desk() == [(order_id, f"no offer has the price {price}")]
    with ledger_kit.nothing_moves():
        assert resolve(ada, "credit").problem == (422, "plan-unavailable")
    assert documents("adminActions") == {}

    offers.record(replace(BASIC, price_id=price, plan="gold", amount=700, tokens=70))

    assert resolve(ada, "credit").body == {"status": "paid"}
    assert (ada.grants, ada.order()["tokens"], ada.order()["plan"]) == ([70], 70, "gold")
    assert (ada.summary["plan"], ada.summary["status"]) == ("gold", "active")
    assert parked_on_the_desk() == []
    hear(at.events("invoice.paid"))
    with ledger_kit.nothing_moves():
        assert resolve(ada, "refund").problem == (409, "order-not-parked")
    assert resolve(ada, "credit").body == {"status": "paid"}
    assert ada.grants == [70]
    at.cloud.stripe_post("refunds", payment_intent=ada.payment(), amount=350)
    hear(at.events("refund.created"))
    assert ada.order()["due"] == 35


def test_an_invoice_of_another_account_is_credited_to_nobody_and_can_be_refunded(at: Shop) -> None:
    ada = subscribed(at, user_id="gone")
    ben = subscribed(at)
    write(f"users/{ben.person.user_id}", stripeCustomerId="cus_other")
    ben.renew()
    hear(at.events())

    with ledger_kit.nothing_moves():
        assert resolve(ada, "credit").problem == (409, "another-account")
        assert resolve(ada, "close").problem == (409, "not-returned")
        assert resolve(ada, "refund").body == {"status": "refunded"}
    assert ada.order(0)["reversed"] == 2000
    assert {order_id for order_id, _ in parked_on_the_desk()} == {ada.invoices[1]["id"], ben.invoices[1]["id"]}


def test_an_invoice_for_which_nothing_was_collected_is_closed_without_a_refund(at: Shop) -> None:
    coupon = at.cloud.stripe_post("coupons", percent_off=100, duration="once")["id"]
    ada = subscribed(at, price=at.price(700), **{"discounts[0][coupon]": coupon})

    assert resolve(ada, "refund").problem == (409, "not-paid")
    assert resolve(ada, "close").body == {"status": "refunded"}

    assert (ada.order()["status"], ada.grants, parked_on_the_desk()) == ("refunded", [], [])
