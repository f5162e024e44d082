"""Disputes: a payer asks their bank for the money back. Every function is called with the store's lock held.

What becomes of a dispute, with the events that Stripe sends (https://docs.stripe.com/disputes/how-disputes-work):
    opened      charge.dispute.created, charge.dispute.funds_withdrawn
    inquiry     charge.dispute.created; money moves only when it becomes a chargeback
    prevented   charge.dispute.created, charge.dispute.closed; no money moves
    answered    charge.dispute.updated
    won         charge.dispute.funds_reinstated, charge.dispute.closed
    lost        charge.dispute.closed
    appealed    charge.dispute.updated; the money stays away until the appeal is won
"""

from typing import Literal, cast

from stripe.params import DisputeCloseParams, DisputeUpdateParams

from local.stripe import reversal_objects
from local.stripe.amounts import check_currency
from local.stripe.errors import StripeRefusal
from local.stripe.objects import JsonObject
from local.stripe.store import Store

Status = Literal[
    "appeal_needs_response",
    "appeal_under_review",
    "lost",
    "needs_response",
    "prevented",
    "under_review",
    "warning_closed",
    "warning_needs_response",
    "warning_under_review",
    "won",
]

FEE = 1500  # minor units, given back when the dispute is won
RESPONSE_SECONDS = 7 * 24 * 60 * 60
BALANCE_TRANSACTIONS_MAX = 2  # Stripe's

_CLOSED = frozenset({"lost", "prevented", "warning_closed", "won"})
_AWAITS = {
    "appeal_needs_response": "appeal_under_review",
    "needs_response": "under_review",
    "warning_needs_response": "warning_under_review",
}
"""The statuses that await evidence, and what each becomes when evidence is submitted."""

_DECIDES = {"winning_evidence": "won", "losing_evidence": "lost", "escalate_inquiry_evidence": "needs_response"}
"""The texts that decide a test dispute: https://docs.stripe.com/testing#evidence"""


def open_dispute(
    store: Store, charge: JsonObject, *, amount: int | None, currency: str | None, status: str
) -> JsonObject:
    """A new dispute of a charge: of all of it unless an ``amount`` is given, which may be more than was charged.

    Its money goes at once, unless the status is an inquiry's or ``prevented``; of one that is won it has come back.

    Raises:
        StripeRefusal: an amount below 1, or an unknown currency.
    """
    if amount is not None and amount < 1:
        raise StripeRefusal("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    dispute = store.put(
        reversal_objects.dispute(
            store.now(),
            of_charge=charge,
            amount=charge["amount"] if amount is None else amount,
            currency=charge["currency"] if currency is None else check_currency(currency, "currency"),
            status=status,
        )
    )
    charge["disputed"] = True
    _await_evidence(store, dispute)
    store.emit("charge.dispute.created", dispute)
    if status == "won" or _takes_money(status):
        _move_money(store, dispute)
    if status == "won":
        _move_money(store, dispute)
    if status in _CLOSED:
        store.emit("charge.dispute.closed", dispute)
    return dispute


def set_status(store: Store, dispute: JsonObject, status: str) -> JsonObject:
    """The dispute after the bank's decision; its money follows the status.

    Raises:
        StripeRefusal: its money went and came back already, and would have to go again.
    """
    moves = _takes_money(status) != has_money(dispute)
    if moves and len(dispute["balance_transactions"]) == BALANCE_TRANSACTIONS_MAX:
        raise StripeRefusal("The money of a dispute goes once, and comes back once.", param="status")
    dispute["status"] = status
    _await_evidence(store, dispute)
    if moves:
        _move_money(store, dispute)
    store.emit("charge.dispute.closed" if status in _CLOSED else "charge.dispute.updated", dispute)
    return dispute


def update_dispute(store: Store, params: DisputeUpdateParams, dispute_id: str) -> JsonObject:
    """The dispute with the evidence, which is submitted to the bank unless ``submit`` is false.

    Raises:
        StripeRefusal: it awaits no evidence, or not any more.
    """
    dispute = _awaiting(store, dispute_id)
    dispute["metadata"] |= cast(dict[str, str], params.get("metadata", {}))
    evidence, details = dispute["evidence"], dispute["evidence_details"]
    evidence.update(params.get("evidence", {}))
    details["has_evidence"] = bool(evidence["uncategorized_text"])
    is_submitted = details["has_evidence"] and params.get("submit", True)
    if is_submitted:
        details.update(submission_count=details["submission_count"] + 1, submission_method="manual")
        dispute["status"] = _AWAITS[dispute["status"]]
    store.emit("charge.dispute.updated", dispute)
    decided = _DECIDES.get(evidence["uncategorized_text"] or "")
    if not is_submitted or decided is None:
        return dispute
    is_won_inquiry = decided == "won" and dispute["status"].startswith("warning_")
    return set_status(store, dispute, "warning_closed" if is_won_inquiry else decided)


def close_dispute(store: Store, _params: DisputeCloseParams, dispute_id: str) -> JsonObject:
    """The dispute, lost because nothing is said against it.

    Raises:
        StripeRefusal: it awaits no evidence, or not any more.
    """
    return set_status(store, _awaiting(store, dispute_id), "lost")


def has_money(dispute: JsonObject) -> bool:
    """Whether the dispute has taken money that it has not given back."""
    taken: int = sum(moved["amount"] for moved in dispute["balance_transactions"])
    return taken < 0


def _awaiting(store: Store, dispute_id: str) -> JsonObject:
    dispute = store.find("dispute", dispute_id)
    if dispute["status"] not in _AWAITS:
        raise StripeRefusal(f"This dispute awaits no evidence: its status is {dispute['status']}.")
    return dispute


def _await_evidence(store: Store, dispute: JsonObject) -> None:
    if dispute["status"] in _AWAITS:
        dispute["evidence_details"]["due_by"] = store.now() + RESPONSE_SECONDS


def _takes_money(status: str) -> bool:
    return not (status.startswith("warning_") or status in ("prevented", "won"))


def _move_money(store: Store, dispute: JsonObject) -> None:
    """Takes the money of the dispute, or gives it back if it was taken."""
    returns = has_money(dispute)
    sign = 1 if returns else -1
    moved = reversal_objects.dispute_money(
        store.now(), of_dispute=dispute, amount=sign * dispute["amount"], fee=-sign * FEE
    )
    dispute["balance_transactions"].append(moved)
    dispute["is_charge_refundable"] = returns
    store.emit(f"charge.dispute.funds_{'reinstated' if returns else 'withdrawn'}", dispute)
