"""Needs the Firestore emulator and the local Stripe. Decisions on parked orders, as far as Stripe confirms them."""

import pytest

from shared.billing import orders, reversals
from shared.errors import Unavailable
from tests.support import api, ledger_kit
from tests.support.api import Answer, new_key
from tests.support.cloud_kit import (
    Cloud,
    balance,
    checkout,
    deliver,
    document,
    documents,
    field,
    lines,
    open_account,
    write,
)
from tests.support.concurrently import concurrently
from tests.support.people import Person, administrator

pytestmark = pytest.mark.threat(45, 74)

ROOT = Person("root", claims={"admin": True})


def resolve(order_id: str, decision: str, key: str | None = None, by: Person = ROOT) -> Answer:
    body = {"orderId": order_id, "decision": decision, "reason": "support"}
    return api.post("resolve_order", body, by=by, key=key or new_key())


def parked(cloud: Cloud, person: Person, is_paid: bool = True) -> str:
    """An order whose session costs something else than it offered."""
    session = checkout(person)
    if is_paid:
        assert cloud.pay(session["url"]) == 303
    write(f"orders/{session['sessionId']}", amount=498)
    event = cloud.event("completed", session["sessionId"])
    assert deliver(event).status == 200
    assert field(f"orders/{session['sessionId']}", "status") == "parked"
    session_id: str = session["sessionId"]
    return session_id


def payment(cloud: Cloud, order_id: str) -> str:
    intent: str = cloud.stripe_get(f"checkout/sessions/{order_id}")["payment_intent"]
    return intent


def parked_on_the_desk() -> list[str]:
    return [item["id"] for item in api.get("list_attention", by=ROOT, kind="parked").body["items"]]


@pytest.fixture
def ada(cloud: Cloud) -> Person:
    return open_account()


# -- credit ------------------------------------------------------------------------------------------------------------


def test_a_credit_is_what_the_order_offered_and_takes_it_off_the_desk(cloud: Cloud, ada: Person) -> None:
    order_id = parked(cloud, ada)
    assert parked_on_the_desk() == [order_id]

    answer = resolve(order_id, "credit", key="k1")

    assert (answer.status, answer.body) == (200, {"status": "paid"})
    assert lines(ada) == [("signup_bonus", 10), ("purchase", 50)]
    order = document(f"orders/{order_id}") or {}
    assert (order["status"], order["resolution"], order["paid"]) == ("paid", "credit", 499)
    (action,) = documents("adminActions").values()
    assert (action["about"], action["function"], action["result"]) == (
        order_id,
        "resolve_order",
        {"decision": "credit"},
    )
    assert parked_on_the_desk() == []
    with ledger_kit.nothing_moves():
        for key in ("k1", new_key()):
            assert resolve(order_id, "credit", key=key).body == {"status": "paid"}
        assert resolve(order_id, "refund").problem == (409, "order-not-parked")
        assert resolve(order_id, "credit", key="k2", by=administrator()).body == {"status": "paid"}
    assert len(documents("adminActions")) == 1


def test_two_who_credit_at_once_credit_once(cloud: Cloud, ada: Person) -> None:
    order_id = parked(cloud, ada)

    answers = concurrently(4, lambda _: resolve(order_id, "credit", by=administrator()))

    assert {answer.status for answer in answers} <= {200, 503}
    assert balance(ada) == 60


def test_what_was_refunded_of_it_meanwhile_is_taken_back_at_once(cloud: Cloud, ada: Person) -> None:
    order_id = parked(cloud, ada)
    cloud.stripe_post("refunds", payment_intent=payment(cloud, order_id), amount=100)

    assert resolve(order_id, "credit").body == {"status": "paid"}

    assert [kind for kind, _ in lines(ada)] == ["signup_bonus", "purchase", "clawback"]
    assert balance(ada) == 10 + 50 - 50 * 100 // 499


def test_a_crash_after_the_credit_leaves_what_was_refunded_to_reconciliation(
    cloud: Cloud, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = parked(cloud, ada)
    cloud.stripe_post("refunds", payment_intent=payment(cloud, order_id), amount=100)
    reversals.bring_up_to_date(orders.require(order_id))  # as the webhook does: nothing is credited yet
    assert field(f"orders/{order_id}", "reversed") == 100

    def crash(_: orders.Order) -> orders.Order:
        raise Unavailable("The instance is gone.")

    with monkeypatch.context() as patch:
        patch.setattr(reversals, "bring_up_to_date", crash)
        assert resolve(order_id, "credit").status == 503
    order = document(f"orders/{order_id}") or {}
    assert (balance(ada), order["reversed"], order["reversalOpen"]) == (60, 0, True)

    assert cloud.call("reconcile_payments", {}).body["failed"] == 0

    assert balance(ada) == 60 - 50 * 100 // 499
    assert field(f"orders/{order_id}", "reversed") == 100


def test_what_stripe_does_not_say_is_paid_is_not_credited(cloud: Cloud, ada: Person) -> None:
    order_id = parked(cloud, ada, is_paid=False)

    with ledger_kit.nothing_moves():
        assert resolve(order_id, "credit").problem == (409, "not-paid")
        assert resolve(order_id, "refund").problem == (409, "not-paid")
    assert documents("adminActions") == {}


def test_another_account_than_the_buyers_is_not_credited(cloud: Cloud, ada: Person) -> None:
    order_id, ben = parked(cloud, ada), open_account()
    write(f"orders/{order_id}", userId=ben.user_id)

    with ledger_kit.nothing_moves():
        assert resolve(order_id, "credit").problem == (409, "another-account")


# -- refund and close --------------------------------------------------------------------------------------------------


def test_an_order_that_was_parked_before_it_was_paid_is_refunded_alike(cloud: Cloud, ada: Person) -> None:
    order_id = parked(cloud, ada, is_paid=False)
    write(f"orders/{order_id}", amount=500)
    assert cloud.pay(field(f"orders/{order_id}", "url")) == 303

    assert resolve(order_id, "refund").body == {"status": "refunded"}

    assert (field(f"orders/{order_id}", "paid"), field(f"orders/{order_id}", "reversed")) == (499, 499)


def test_a_refund_gives_back_all_that_is_left_through_stripe(cloud: Cloud, ada: Person) -> None:
    order_id = parked(cloud, ada)
    intent = payment(cloud, order_id)
    cloud.stripe_post("refunds", payment_intent=intent, amount=100)

    with ledger_kit.nothing_moves():
        assert resolve(order_id, "refund", key="k1").body == {"status": "refunded"}
        assert resolve(order_id, "refund").body == {"status": "refunded"}
        assert resolve(order_id, "credit").problem == (409, "order-not-parked")
    refunds = cloud.stripe_get(f"refunds?payment_intent={intent}")["data"]
    assert sorted(refund["amount"] for refund in refunds) == [100, 399]
    assert field(f"orders/{order_id}", "resolution") == "refund"
    assert parked_on_the_desk() == []


def test_an_order_closes_only_when_all_of_the_money_went_back(cloud: Cloud, ada: Person) -> None:
    order_id = parked(cloud, ada)
    intent = payment(cloud, order_id)
    cloud.stripe_post("refunds", payment_intent=intent, amount=100)
    assert resolve(order_id, "close").problem == (409, "not-returned")
    assert parked_on_the_desk() == [order_id]

    cloud.stripe_post("refunds", payment_intent=intent)

    assert resolve(order_id, "close").body == {"status": "refunded"}
    assert field(f"orders/{order_id}", "resolution") == "close"


def test_a_reversal_that_is_unclear_is_accepted_as_it_stands(cloud: Cloud, ada: Person) -> None:
    session = checkout(ada)
    cloud.pay(session["url"])
    order_id = session["sessionId"]
    assert deliver(cloud.event("completed", order_id)).status == 200
    write(f"orders/{order_id}", reversalOpen=True, unclear=True)
    assert parked_on_the_desk() == [order_id]

    with ledger_kit.nothing_moves():
        assert resolve(order_id, "close").body == {"status": "paid"}
        assert resolve(order_id, "close").body == {"status": "paid"}
    assert parked_on_the_desk() == []
    assert not {"reversalOpen", "unclear"} & (document(f"orders/{order_id}") or {}).keys()


@pytest.mark.parametrize("decision", ["credit", "refund", "close"])
def test_there_is_nothing_to_decide_about_an_order_that_is_not_parked(cloud: Cloud, ada: Person, decision: str) -> None:
    session = checkout(ada)
    with ledger_kit.nothing_moves():
        assert resolve(session["sessionId"], decision).problem == (409, "order-not-parked")
        assert resolve("cs_none", decision).problem == (404, "not-found")
    cloud.pay(session["url"])
    assert deliver(cloud.event("completed", session["sessionId"])).status == 200
    with ledger_kit.nothing_moves():
        assert resolve(session["sessionId"], decision).problem == (409, "order-not-parked")
