"""Needs the Firestore emulator and the local Stripe. Decisions on reloads that were paid otherwise than asked."""

from typing import Any

import pytest

from shared.billing import reloads, stripe_reloads
from shared.cloud.clients import store
from tests.operators.test_resolve_order import parked_on_the_desk, resolve
from tests.support import ledger_kit
from tests.support.api import new_key
from tests.support.cloud_kit import TIMEOUT_SECONDS, Cloud, balance, documents, lines, open_account, write
from tests.support.concurrently import concurrently
from tests.support.people import administrator
from tests.support.reload_kit import Reloading, deliver_events, reloading

pytestmark = pytest.mark.threat(45, 74)

RELOAD = ("auto_reload", 50)


def parked(cloud: Cloud, **differing: object) -> Reloading:
    """Somebody whose reload was paid, and differs from its order."""
    ada = reloading(cloud)
    reload_id, _ = reloads._claimed(ada.person.user_id)
    order = reloads.find(str(reload_id))
    assert order is not None
    stripe_reloads.charge(order.charge)
    write(f"orders/{ada.id()}", **(differing or {"amount": 498}))
    deliver_events(cloud, "payment_intent.succeeded")
    assert ada.order()["status"] == "parked"
    return ada


def delete_account(ada: Reloading) -> None:
    store().document(f"users/{ada.person.user_id}").delete(timeout=TIMEOUT_SECONDS)


def refunds(ada: Reloading) -> list[int]:
    [intent] = ada.order()["paymentIntents"]
    return [each["amount"] for each in ada.cloud.stripe_get(f"refunds?payment_intent={intent}")["data"]]


def test_a_credit_gives_what_the_reload_was_to_buy_once(cloud: Cloud) -> None:
    ada = parked(cloud)
    assert parked_on_the_desk() == [ada.id()]

    assert resolve(ada.id(), "credit", key="k1").body == {"status": "paid"}

    assert (lines(ada.person)[-1], balance(ada.person)) == (RELOAD, 69)
    order = ada.order()
    assert (order["status"], order["resolution"], order["paid"], order["amount"]) == ("paid", "credit", 499, 498)
    # What was claimed stays in what the month cost, and the next reload may begin.
    assert (ada.state["spent"], ada.state.get("inFlight")) == (499, None)
    assert parked_on_the_desk() == []
    with ledger_kit.nothing_moves():
        for key in ("k1", new_key()):
            assert resolve(ada.id(), "credit", key=key).body == {"status": "paid"}
        assert resolve(ada.id(), "refund").problem == (409, "order-not-parked")
        deliver_events(cloud, "payment_intent.succeeded")
        assert ada.outcome() == "nothing"
    assert len(documents("adminActions")) == 1
    ledger_kit.assert_books_balance(cloud.project)


def test_two_who_credit_at_once_credit_once(cloud: Cloud) -> None:
    ada = parked(cloud)

    answers = concurrently(4, lambda _: resolve(ada.id(), "credit", by=administrator()))

    assert {answer.status for answer in answers} <= {200, 503}
    assert balance(ada.person) == 69


def test_what_went_back_of_it_meanwhile_is_taken_back_at_once(cloud: Cloud) -> None:
    ada = parked(cloud, currency="eur")
    write(f"orders/{ada.id()}", currency="usd")
    [intent] = ada.intents()
    cloud.stripe_post("refunds", payment_intent=intent["id"], amount=100)

    assert resolve(ada.id(), "credit").body == {"status": "paid"}

    assert lines(ada.person)[-2:] == [RELOAD, ("clawback", -(50 * 100 // 499))]


def test_a_refund_gives_all_of_the_money_back_and_no_token(cloud: Cloud) -> None:
    ada = parked(cloud)

    with ledger_kit.nothing_moves():
        assert resolve(ada.id(), "refund", key="k1").body == {"status": "refunded"}
        assert resolve(ada.id(), "refund").body == {"status": "refunded"}
        assert resolve(ada.id(), "credit").problem == (409, "order-not-parked")

    assert refunds(ada) == [499]
    assert (ada.order()["resolution"], ada.order()["reversed"]) == ("refund", 499)
    assert parked_on_the_desk() == []


def test_the_money_of_an_account_that_is_gone_is_refunded_and_nothing_is_credited(cloud: Cloud) -> None:
    ada = reloading(cloud)
    reload_id, _ = reloads._claimed(ada.person.user_id)
    order = reloads.find(str(reload_id))
    assert order is not None
    stripe_reloads.charge(order.charge)
    delete_account(ada)
    deliver_events(cloud, "payment_intent.succeeded")
    assert ada.order()["parkedReason"] == "the account is gone"

    assert resolve(ada.id(), "credit").problem == (409, "another-account")
    assert resolve(ada.id(), "refund").body == {"status": "refunded"}

    assert refunds(ada) == [499]
    assert lines(ada.person)[-1] != RELOAD


def test_it_closes_once_all_of_the_money_went_back(cloud: Cloud) -> None:
    ada = parked(cloud)
    assert resolve(ada.id(), "close").problem == (409, "not-returned")
    [intent] = ada.intents()
    cloud.stripe_post("refunds", payment_intent=intent["id"])

    with ledger_kit.nothing_moves():
        assert resolve(ada.id(), "close").body == {"status": "refunded"}


@pytest.mark.parametrize("decision", ["credit", "refund"])
def test_what_stripe_does_not_say_was_paid_is_neither_credited_nor_refunded(cloud: Cloud, decision: str) -> None:
    ada = parked(cloud)
    write(f"orders/{ada.id()}", paymentIntents=["pi_none"])

    with ledger_kit.nothing_moves():
        assert resolve(ada.id(), decision).problem == (409, "not-paid")
    assert documents("adminActions") == {}


@pytest.mark.parametrize("whose", ["the order's", "the customer's"])
def test_another_account_than_the_payers_is_not_credited(cloud: Cloud, whose: str) -> None:
    ada, ben = parked(cloud), open_account()
    changes: dict[str, dict[str, Any]] = {
        "the order's": {"path": f"orders/{ada.id()}", "userId": ben.user_id},
        "the customer's": {"path": f"users/{ada.person.user_id}", "stripeCustomerId": "cus_other"},
    }
    write(**changes[whose])

    with ledger_kit.nothing_moves():
        assert resolve(ada.id(), "credit").problem == (409, "another-account")
