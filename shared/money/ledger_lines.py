"""The lines of the ledger, and what a credit does to a wallet: writes to be added to the commit of the event."""

import datetime
from collections.abc import Callable

from shared import clock
from shared.cloud.commits import SERVER_TIME, Batch, Increment, Minimum
from shared.ledger.decision import Fields
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.money import history, wallets

ExtraWrite = Callable[[Batch], None]
"""A document of the same event, written in the same commit as its money."""


def add_credit(
    batch: Batch, entry: Entry, fields: Fields | None = None, unchanged_since: datetime.datetime | None = None
) -> None:
    """Adds what a credit writes: its line, and the increments of the wallet that it lands in.

    The debt is incremented by nothing, so that Firestore's answer tells it. ``fields`` are what else changes of the
    account, which is not money; what follows from its state is written if that is ``unchanged_since``.
    """
    if entry.funds.is_negative or not entry.held.is_sound:
        raise wallets.inconsistent(entry.user_id)  # what takes away has to look at what is there
    changes = {"tokenBalance": entry.amount, "debt": 0, **entry.totals, **entry.increments}
    changes |= {f"funds.{fund}": tokens for fund in Funds.names if (tokens := getattr(entry.funds, fund))}
    lots = entry.lots.to_fields()
    changes |= {f"lots.{fund}.{day}": tokens for fund, in_lots in lots.items() for day, tokens in in_lots.items()}
    written = wallets.beside_money(fields or {}) | {name: Increment(change) for name, change in changes.items()}
    if entry.lots.next_expiry is not None:
        written["nextExpiry"] = Minimum(entry.lots.next_expiry)
    if entry.type == "signup_bonus":
        written["signupBonusGrantedAt"] = SERVER_TIME
    written["movedOn"] = clock.today()
    batch.update(wallets.reference(entry.user_id), written, unchanged_since=unchanged_since)
    add_line(batch, entry)


def add_line(batch: Batch, entry: Entry) -> None:
    """Adds the line of the entry, which must be new."""
    batch.create(
        history.line(entry.id),
        {
            "userId": entry.user_id,
            "type": entry.type,
            "amount": entry.amount,
            "funds": entry.funds.to_fields(),
            "timestamp": SERVER_TIME,
            "details": dict(entry.details),
            "economy": entry.economy,
            "fingerprint": entry.fingerprint,
            **({"debt": entry.debt} if entry.debt else {}),
            **({"lots": lots} if (lots := entry.lots.to_fields()) else {}),
        },
    )
