"""One user's account as an administrator sees it: the wallet as it is written down, orders, disputes and lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.billing import attention
from shared.cloud import documents
from shared.cloud.documents import Snapshot
from shared.errors import WalletInconsistent
from shared.ledger.wallet import Wallet, opened
from shared.money import history, wallets
from shared.money.history import Window

SHOWN = 20

UNREADABLE = "unreadable"
"""Stands where the reasons of a freeze are no map."""

ENDED = frozenset({"won", "lost", "warning_closed", "prevented"})
"""What Stripe calls a dispute that nobody answers any more."""


@dataclass(frozen=True, slots=True)
class View:
    """``wallet`` is None where the account holds no wallet that can be read; ``fields`` are what stands there."""

    fields: Mapping[str, Any]
    wallet: Wallet | None
    frozen: Mapping[str, Any]
    orders: list[Snapshot]
    lines: list[Snapshot]
    disputes: list[Mapping[str, Any]]


def view(user_id: str) -> View:
    """The account of the user.

    Raises:
        NoSuchAccount: there is none.
    """
    account = documents.get(wallets.reference(user_id))
    fields = opened(account.fields if account.exists else None)
    orders = attention.of_user(user_id, SHOWN)
    return View(
        fields,
        _readable(account),
        _reasons(fields),
        orders.shown,
        history.page(user_id, SHOWN, None, None, Window()).documents,
        [dispute for order in orders.open for dispute in _disputes(order)],
    )


def _readable(account: Snapshot) -> Wallet | None:
    try:
        return wallets.parsed(account)
    except WalletInconsistent:
        return None


def _reasons(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Why the wallet is frozen; nothing pays from one where that cannot be read."""
    try:
        return wallets.reasons(fields.get("frozen"))
    except WalletInconsistent:
        return {UNREADABLE: None}


def _disputes(order: Snapshot) -> Iterator[Mapping[str, Any]]:
    """The order's disputes that are not over; each is about the money that was paid for it."""
    fields = order.fields
    disputes = fields.get("disputes")
    for dispute, status in sorted(disputes.items()) if isinstance(disputes, dict) else ():
        if str(status) not in ENDED:
            yield {
                "orderId": order.id,
                "id": dispute,
                "status": str(status),
                "amount": fields.get("paid", fields.get("amount")),
                "currency": fields.get("currency"),
                "dueBy": fields.get("disputeDueBy"),
            }
