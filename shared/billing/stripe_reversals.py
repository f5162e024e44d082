"""What went back of payments at Stripe: refunds and disputes."""

import datetime
from collections.abc import Callable, Sequence
from typing import Any

import stripe

from shared.billing.stripe_client import client, made_in_attempts, pages
from shared.billing.subjects import APP
from shared.ledger.reversal import Dispute, Refund, Reversals

LISTED_MAX = 1000
"""Refunds, or disputes, of one payment. A seller may refund a payment cent by cent; nobody does."""


class Disputed(Exception):
    """Stripe refunds no payment whose money the payer's bank has taken back."""


def reversals_of(payment_intents: Sequence[str]) -> Reversals:
    """Everything that went back of the payments, or may go back, as Stripe knows it now: two calls for each payment.

    Raises:
        Unavailable: Stripe did not answer.
    """
    refunds: list[Refund] = []
    disputes: list[Dispute] = []
    for payment_intent_id in payment_intents:
        about = {"payment_intent": payment_intent_id}
        refunds += map(_refund, _everything(client().v1.refunds.list, about))
        disputes += map(_dispute, _everything(client().v1.disputes.list, about))
    return Reversals(tuple(refunds), tuple(disputes))


def refund(payment_intent_id: str, order_id: str) -> None:
    """Gives back all that is left of the payment of an order. Nothing may be left, because it was done before.

    Each attempt has a key of its own at Stripe. That gives nothing back twice, because nothing is left after the first.

    Raises:
        Disputed: the payer has disputed it.
        Unavailable: Stripe did not answer; it may be done all the same.
    """
    parameters = {"payment_intent": payment_intent_id, "metadata": {"app": APP, "order": order_id}}
    try:
        made_in_attempts(client().v1.refunds.create, parameters, f"refund-{order_id}")
    except stripe.InvalidRequestError as error:
        if error.code == "charge_already_refunded":
            return
        if error.code == "charge_disputed":
            raise Disputed(payment_intent_id) from error
        raise


def _everything(ask: Callable[..., Any], about: dict[str, str]) -> list[Any]:
    found, has_more = pages(ask, about, LISTED_MAX)
    if has_more:
        raise RuntimeError(f"{about['payment_intent']} has more than {LISTED_MAX} refunds or disputes")
    return found


def _refund(answer: stripe.Refund) -> Refund:
    return Refund(answer.id, answer.amount, answer.currency, answer.status or "")


def _dispute(answer: stripe.Dispute) -> Dispute:
    due_by = answer.evidence_details.due_by  # 0 where the bank takes no evidence
    return Dispute(
        id=answer.id,
        amount=answer.amount,
        currency=answer.currency,
        status=answer.status,
        withdrawn=-sum(moved.amount for moved in answer.balance_transactions),
        due_by=datetime.datetime.fromtimestamp(due_by, datetime.UTC) if due_by else None,
    )
