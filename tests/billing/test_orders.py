"""Needs the Firestore emulator and the local Stripe. An order that changes between the look at it and the commit."""

import pytest

from shared.billing import orders, stripe_sessions
from shared.errors import Contention
from shared.ledger import order_state
from shared.ledger.order_state import Change, Order, Session
from tests.support.cloud_kit import Cloud, checkout, document, field, open_account, write


def paid_order(cloud: Cloud) -> Order:
    """An order as it was read before its session was paid."""
    session = checkout(open_account())
    order = orders.require(session["sessionId"])
    cloud.pay(session["url"])
    return order


@pytest.mark.threat(45)
def test_an_older_look_at_an_order_credits_nothing_once_it_is_parked(cloud: Cloud) -> None:
    order = paid_order(cloud)
    session = stripe_sessions.retrieve_session(order.session_id)
    write(f"orders/{order.session_id}", status="parked")

    assert orders.settle(order, session, None).status == "parked"

    assert field(f"orders/{order.session_id}", "status") == "parked"
    assert document(f"transactions/purchase_{order.session_id}") is None


@pytest.mark.threat(40, 41)
def test_an_older_look_at_an_order_finds_that_it_was_paid_meanwhile(cloud: Cloud) -> None:
    order = paid_order(cloud)
    session = stripe_sessions.retrieve_session(order.session_id)
    paid = orders.settle(order, session, None)
    before = document(f"orders/{order.session_id}")

    again = orders.settle(order, session, None)

    assert (paid.status, again.status) == ("paid", "paid")
    assert again.paid_at is not None
    assert document(f"orders/{order.session_id}") == before


def test_an_order_that_changes_before_every_commit_is_busy(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    order = paid_order(cloud)
    session = stripe_sessions.retrieve_session(order.session_id)
    decide, turns = order_state.decide, iter(range(99))

    def be_overtaken(seen: Order, said: Session) -> Change:
        write(f"orders/{order.session_id}", turn=next(turns))
        return decide(seen, said)

    monkeypatch.setattr(order_state, "decide", be_overtaken)

    with pytest.raises(Contention):
        orders.settle(order, session, None)
    assert next(turns) == 5
    assert field(f"orders/{order.session_id}", "status") == "open"
    assert document(f"transactions/purchase_{order.session_id}") is None
