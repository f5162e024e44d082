"""Needs nothing. Which order explains the grant of an invoice."""

import datetime
from typing import Any

import pytest

from shared.money.audit.explanations import Place, Unexplained, counterparts, parsed, require

LINE: dict[str, Any] = {
    "userId": "ada",
    "type": "subscription_grant",
    "amount": 130,
    "funds": {"bonus": 0, "purchased": 130, "earned": 0},
    "lots": {"purchased": {"until_20270105": 130}},
    "timestamp": datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC),
    "details": {"invoiceId": "in_1", "subscriptionId": "sub_1", "plan": "plus", "amount": 999, "currency": "usd"},
    "economy": "phoenix@1",
}
ORDER: dict[str, Any] = {
    "userId": "ada",
    "kind": "invoice",
    "status": "paid",
    "plan": "plus",
    "tokens": 130,
    "amount": 999,
    "currency": "usd",
    "subscriptionId": "sub_1",
}


def explain(line: dict[str, Any], order: dict[str, Any] | None, line_id: str = "subscription_grant_in_1") -> None:
    found = parsed(line_id, line)
    assert counterparts(found) == (Place("order", "in_1"),)
    require(found, {Place("order", "in_1"): order})


def test_the_order_of_the_invoice_explains_its_grant() -> None:
    explain(LINE, ORDER)
    explain(LINE | {"amount": 0, "funds": LINE["funds"] | {"purchased": 0}, "lots": {}}, ORDER | {"tokens": 0})


@pytest.mark.parametrize(
    "changes",
    [
        {"userId": "ben"},
        {"status": "parked"},
        {"tokens": 131},
        {"plan": "studio"},
        {"amount": 998},
        {"currency": "eur"},
        {"subscriptionId": "sub_2"},
    ],
)
def test_an_order_that_says_something_else_does_not(changes: dict[str, object]) -> None:
    with pytest.raises(Unexplained, match="order"):
        explain(LINE, ORDER | changes)


def test_a_grant_without_its_order_or_under_another_id_is_unexplained() -> None:
    with pytest.raises(Unexplained, match="order"):
        explain(LINE, None)
    with pytest.raises(Unexplained, match="id"):
        explain(LINE, ORDER, "subscription_grant_in_2")
    with pytest.raises(Unexplained, match="funds"):
        explain(LINE | {"amount": -1, "funds": LINE["funds"] | {"purchased": -1}, "lots": {}}, ORDER)
    with pytest.raises(Unexplained, match="order"):
        explain(LINE | {"funds": LINE["funds"] | {"purchased": 0, "bonus": 130}, "lots": {}}, ORDER)
