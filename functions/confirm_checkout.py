"""POST /confirm-checkout: called by the page that Stripe returns to; credits what was paid, if the webhook has not yet.

    { "sessionId": "cs_..." }  ->  200 { "status": "paid" | "pending" | "expired", "tokenBalance", "review",
                                         "receipt": { kind, package | plan, property, until, tokens, amount, currency,
                                                      paidAt, reversed, tokensTakenBack } | null }

``pending`` is not paid yet, or is in ``review``: it was paid in another way than it was offered, and a person decides.
``expired`` will not be paid any more, or was paid back. The receipt comes with ``paid``; ``reversed`` is how much of
the money went back, in minor units. ``kind`` is package, pass or subscription; ``tokens`` of the last are those of each
payment. ``until`` is when the pass, or what was paid of the plan, ends; null of a package, and where that is not known
yet. ``property`` is of a pass for one.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 not-found (somebody else's included),
422 invalid-request, 503 unavailable, wallet-inconsistent.
Asking again changes nothing: the credit is keyed by the session.
"""

import datetime
from typing import Literal, NotRequired, TypedDict

from shared.billing import orders, receipts, reversals
from shared.edge.access import SIGNED_IN, Caller
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId
from shared.edge.requests import Body
from shared.errors import NoSuchAccount
from shared.money import wallets

STATUS: dict[orders.Status, Literal["paid", "pending", "expired"]] = {
    "paid": "paid",
    "open": "pending",
    "pending": "pending",
    "parked": "pending",  # paid, but a person must look at it first
    "failed": "expired",
    "expired": "expired",
    "refunded": "expired",
}


class Confirmation(Body):
    session_id: DocumentId


class ReceiptAnswer(TypedDict):
    """It has either a package or a plan."""

    kind: receipts.Kind
    package: NotRequired[str]
    plan: NotRequired[str]
    property: str | None
    until: datetime.datetime | None
    tokens: int
    amount: int
    currency: str
    paidAt: datetime.datetime
    reversed: int
    tokensTakenBack: int


class ConfirmationAnswer(TypedDict):
    status: Literal["paid", "pending", "expired"]
    tokenBalance: int
    review: bool
    receipt: ReceiptAnswer | None


@endpoint(Confirmation, SIGNED_IN)
def confirm_checkout(caller: Caller, body: Confirmation) -> ConfirmationAnswer:
    order = orders.require_owned(body.session_id, caller.user_id)
    if order.status in ("open", "pending"):
        order = reversals.bring_up_to_date(order)
    wallet = wallets.get(caller.user_id)
    if wallet is None:
        raise NoSuchAccount("This account is gone.")
    return {
        "status": STATUS[order.status],
        "tokenBalance": wallet.balance,
        "review": order.status == "parked",
        "receipt": _receipt(order, receipts.ends_at(order, wallet.entitlements)),
    }


def _receipt(order: orders.Order, until: datetime.datetime | None) -> ReceiptAnswer | None:
    if order.paid_at is None:
        return None
    sold = order.benefits.sold_pass
    receipt: ReceiptAnswer = {
        "kind": receipts.kind_of(order),
        "property": None if sold is None else sold.of_property,
        "until": until,
        "tokens": order.tokens + order.tokens_each_interval,
        "amount": order.amount,
        "currency": order.currency,
        "paidAt": order.paid_at,
        "reversed": order.reversible.reversed,
        "tokensTakenBack": order.reversible.taken.total,
    }
    if order.plan is not None:
        receipt["plan"] = order.plan
    elif order.package is not None:
        receipt["package"] = order.package
    return receipt
