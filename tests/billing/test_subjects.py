"""Needs nothing. What is read of Stripe's objects, and what is refused."""

from typing import Any

import pytest

from shared.billing.subjects import (
    About,
    ChangedInvoice,
    ChangedSubscription,
    FailedPayment,
    MoneyBack,
    Subject,
    about,
    session,
    subject,
)
from shared.errors import Malformed
from shared.ledger.order_state import Session

SESSION: dict[str, Any] = {
    "object": "checkout.session",
    "id": "cs_1",
    "status": "complete",
    "payment_status": "paid",
    "mode": "payment",
    "amount_subtotal": 499,
    "amount_total": 594,
    "currency": "usd",
    "payment_intent": "pi_1",
    "metadata": {"app": "guilder", "userId": "ada", "package": "starter", "order": "r1"},
}


def test_of_a_session_everything_is_read_that_an_order_is_decided_by() -> None:
    read = Session("cs_1", "complete", "paid", "payment", 499, 594, "usd", "pi_1", "ada", "starter", "succeeded")

    assert subject(SESSION, "succeeded") == read


@pytest.mark.parametrize(
    ("intent", "read"), [(None, None), ("pi_1", "pi_1"), ({"object": "payment_intent", "id": "pi_1"}, "pi_1")]
)
def test_a_payment_intent_stands_there_by_its_id_or_in_full(intent: object, read: str | None) -> None:
    assert session(SESSION | {"payment_intent": intent}).payment_intent_id == read


INTENT = {"object": "payment_intent", "id": "pi_1", "metadata": {"app": "guilder"}}


@pytest.mark.parametrize(
    ("document", "read"),
    [
        ({"object": "charge", "id": "ch_1", "payment_intent": "pi_1"}, MoneyBack("pi_1")),
        ({"object": "charge", "id": "ch_1", "payment_intent": {"id": "pi_1"}}, MoneyBack("pi_1")),
        ({"object": "charge", "id": "ch_1"}, MoneyBack(None)),
        ({"object": "refund", "id": "re_1", "payment_intent": "pi_1"}, MoneyBack("pi_1")),
        ({"object": "dispute", "id": "du_1", "payment_intent": "a/b"}, MoneyBack(None)),
        ({"object": "subscription", "id": "sub_1", "status": "active"}, ChangedSubscription("sub_1")),
        ({"object": "invoice", "id": "in_1", "subscription": "sub_1"}, ChangedInvoice("in_1")),
        (INTENT | {"last_payment_error": {"code": "card_declined"}}, FailedPayment("card_declined")),
        (INTENT | {"last_payment_error": {"code": "Ada's card\n"}}, FailedPayment("unknown")),
    ],
)
def test_of_the_other_objects_only_ids_and_codes_are_read(document: object, read: Subject) -> None:
    assert subject(document, None) == read


@pytest.mark.parametrize(
    ("document", "read"),
    [
        (SESSION, About("checkout.session", "cs_1", "pi_1")),
        (INTENT, About("payment_intent", "pi_1", "pi_1")),
        ({"object": "customer", "id": "cus_1"}, About("customer", "cus_1", None)),
        ({"object": "customer", "id": "a/b"}, None),
        ({"object": "customer"}, None),
        ([], None),
    ],
)
def test_every_object_says_which_one_it_is(document: object, read: About | None) -> None:
    assert about(document) == read


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "charge",
        {},
        {"object": "customer", "id": "cus_1"},
        {"object": "subscription"},
        {"object": "invoice", "id": "a/b"},
        INTENT,
        INTENT | {"last_payment_error": {"code": "card_declined"}, "metadata": {"app": "another"}},
        SESSION | {"metadata": {"app": "another"}},
        SESSION | {"metadata": None},
    ],
)
def test_what_is_not_used_or_not_ours_is_nothing(document: object) -> None:
    assert subject(document, None) is None


@pytest.mark.threat(39)
@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": "a/b"},
        {"amount_total": "594"},
        {"amount_total": True},
        {"amount_total": -1},
        {"payment_intent": 7},
        {"payment_intent": "a/b"},
        {"payment_intent": {}},
        {"metadata": [1]},
    ],
)
def test_a_session_that_holds_what_cannot_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        subject(SESSION | changes, None)


@pytest.mark.parametrize("missing", ["status", "payment_status", "mode", "id"])
def test_a_session_that_lacks_something_is_refused(missing: str) -> None:
    with pytest.raises(Malformed):
        session({name: value for name, value in SESSION.items() if name != missing})
