"""Freezes: nothing leaves a wallet that is frozen, and nothing of it expires; what comes in still lands."""

from collections.abc import Collection
from typing import Literal

from shared import clock
from shared.cloud import pages
from shared.cloud.commits import DELETED_FIELD, SERVER_TIME, Batch
from shared.cloud.documents import Snapshot
from shared.cloud.queries import Query
from shared.economy.chosen import economy
from shared.ledger import expiry
from shared.ledger.decision import Fields
from shared.ledger.wallet import opened
from shared.money import ledger_lines, wallets
from shared.money.ledger_lines import ExtraWrite
from shared.money.lifetimes import end_of_grace

FreezeReason = Literal["audit", "operator"]
"""Who stops a wallet. Each reason is lifted only by who set it."""


def freeze(user_id: str, reason: FreezeReason, *extra: ExtraWrite) -> list[str]:
    """Stops everything that leaves the wallet, from the next payment on. Other reasons stay.

    Returns the reasons then. ``extra`` are documents of the same event, written only if that changes the wallet.

    Raises:
        Contention, NoSuchAccount, AlreadyExists: as ``wallets.update``.
    """

    def stop(account: Fields) -> tuple[Fields, list[str]]:
        stopped_for = {reason: SERVER_TIME, **_reasons(account)}
        if stopped_for == account.get("frozen") and "frozenSince" in account:
            return {}, sorted(stopped_for)
        fields = {"frozen": stopped_for, "frozenSince": account.get("frozenSince", SERVER_TIME)}
        if "nextExpiry" in account:
            fields["nextExpiry"] = DELETED_FIELD
        return fields, sorted(stopped_for)

    return wallets.update(user_id, stop, *extra)


def unfreeze(user_id: str, lifted: Collection[str], *extra: ExtraWrite) -> list[str]:
    """Lifts reasons, each of which only who set it may lift. The wallet stays frozen while there is another one.

    Returns the reasons that are left. What ran out meanwhile ends after a grace. ``extra`` are documents of the same
    event, written only if a reason is lifted.

    Raises:
        Contention, NoSuchAccount, AlreadyExists: as ``wallets.update``.
        WalletInconsistent: the wallet has tokens that expire, and cannot be read; nothing was written.
    """

    def lift(batch: Batch, account: Snapshot) -> list[str]:
        stopped_for = _reasons(account.fields)
        others = {other: since for other, since in stopped_for.items() if other not in lifted}
        if others == stopped_for:
            return sorted(stopped_for)
        if others:
            fields = {"frozen": others, "frozenSince": account.fields.get("frozenSince", SERVER_TIME)}
        else:
            fields = {"frozen": DELETED_FIELD, "frozenSince": DELETED_FIELD, **_postponed(batch, account)}
        batch.update(account.reference, fields, unchanged_since=account.update_time)
        for write in extra:
            write(batch)
        return sorted(others)

    return wallets.write(user_id, lift)


def page_of_frozen(limit: int, cursor: str | None) -> pages.Page:
    """The accounts whose wallets are frozen, those that have been for longest first."""
    frozen = Query("users").where("frozenSince", ">", pages.BEGINNING)
    return pages.page(frozen, "attention/frozen", "frozenSince", limit, cursor, descending=False)


def _reasons(account: Fields) -> dict[str, object]:
    return wallets.reasons(account.get("frozen"))


def _postponed(batch: Batch, account: Snapshot) -> dict[str, object]:
    """The fields of a wallet that is opened again; adds the lines of what ends later than it was to."""
    if "lots" not in account.fields:
        return {}
    wallet = opened(wallets.from_document(account))
    lines = expiry.postponed(wallet, end_of_grace(account.read_time), economy().label)
    lots = wallet.lots
    for line in lines:
        ledger_lines.add_line(batch, line)
        lots += line.lots
    moved = {"lots": lots.to_fields(), "movedOn": clock.today()} if lines else {}
    return {**moved, **wallets.next_expiry(lots, is_frozen=False)}
