"""Reversals: tokens that are taken back for money that went back, and given back where it returned; in one commit each.

The commit holds only if neither the wallet nor the order has changed since it was read, and the line does not exist
yet. A wallet that changed is read again. An order that changed is for the caller, who knows how it came to the amount.

A wallet never falls below zero: what is not there is owed. Whoever sees debt and tokens together works the debt off, of
the oldest order first, by continuing the clawback of that order. A frozen wallet is treated like every other one.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared import clock, log
from shared.cloud import documents
from shared.cloud.commits import Batch, Committed
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.failures import CHANGED, TRANSIENT, AlreadyExists, InvalidArgument, NotFound
from shared.cloud.queries import Query, fetch
from shared.cloud.transaction import Transaction, under_lock
from shared.errors import Contention, NoSuchAccount, Problem
from shared.ledger import clawback
from shared.ledger.benefits import Benefits, returned, withdrawn
from shared.ledger.clawback import Reversible
from shared.ledger.funds import Funds
from shared.ledger.lots import Holding
from shared.ledger.wallet import Wallet
from shared.money import benefit_fields, ledger_lines, lifetimes, wallets
from shared.money.ledger_lines import ExtraWrite

OWING_ORDERS = 100
"""As many as are worked off at once."""

WORK_OFF_ATTEMPTS = 4
"""At an order that is changed by others meanwhile."""


class OrderChanged(Exception):
    """The order is not as it was read any more; nothing was written."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A paid order as it was read; ``version`` is when it was last written."""

    order: Reversible
    version: datetime.datetime


def seen(document: Snapshot) -> Seen:
    """What an ``orders/{id}`` document says of its reversal. An older one does not say how much was collected."""
    fields = document.fields
    order = Reversible(
        order_id=document.id,
        user_id=fields["userId"],
        tokens=fields["tokens"],
        paid=fields.get("paid", fields["amount"]),
        currency=fields["currency"],
        economy=fields["economy"],
        reversed=fields.get("reversed", 0),
        taken=_taken(fields.get("taken", {})),
        owed=fields.get("owed", 0),
        steps=fields.get("steps", 0),
        benefits=benefit_fields.sold(fields),
    )
    return Seen(order, document.update_time)


def _taken(fields: Mapping[str, Any]) -> Holding:
    funds = {fund: tokens for fund, tokens in fields.items() if fund != "lots"}
    return Holding(Funds(**funds), wallets.lots(fields.get("lots", {})))


def reverse(before: Seen, amount: int, fields: Mapping[str, object], *extra: ExtraWrite) -> Seen:
    """Brings the order to ``amount``, what of its money is back, and returns it as it stands then.

    ``fields`` are what else changes of the order. They and ``extra`` are written in the same commit.

    Raises:
        Contention: every attempt lost to another writer of the wallet; nothing moved.
        NoSuchAccount: tokens would move, and the wallet is gone; nothing was written.
        OrderChanged: see there.
        WalletInconsistent: the wallet does not add up; nothing moved.
    """
    if before.order.due_for(amount) != before.order.due or before.order.turns_benefits(amount):
        reversed_order, wallet = _brought(before, amount, fields, extra)
        if wallet.debt and wallet.available.total:  # what was given back is owed for another order
            work_off_if_possible(wallet.user_id)
        return reversed_order
    after = replace(before.order, reversed=amount)
    batch = Batch()
    _add_order(batch, before, after, fields)
    for write in extra:
        write(batch)
    try:
        committed = batch.commit()
    except (*CHANGED, NotFound) as error:
        raise OrderChanged(after.order_id) from error
    return _written(after, committed)


def work_off(user_id: str) -> None:
    """Takes what the user's orders owe from what the wallet has, the oldest order first.

    Raises:
        Contention, WalletInconsistent: as ``reverse``; what was worked off before stays so.
    """
    owing = fetch(Query("orders").where("userId", "==", user_id).where("owed", ">", 0).limit(OWING_ORDERS))
    for document in sorted(owing, key=lambda order: order.fields["createdAt"]):
        if _worked_off(document).order.owed:
            return  # the wallet is empty


def work_off_after(committed: Committed, user_id: str) -> None:
    """The same after a commit that brought the user tokens, if its answer says that they owe some."""
    if committed.of(wallets.reference(user_id)).computed["debt"] > 0:
        work_off_if_possible(user_id)


def work_off_if_possible(user_id: str) -> None:
    """The same where a failure is only logged: the next payment attempt, credit or audit works the debt off."""
    try:
        work_off(user_id)
    except (Problem, *TRANSIENT) as error:
        log.write("WARNING", "debt-not-worked-off", user=log.hashed(user_id), error=type(error).__name__)


def _worked_off(document: Snapshot) -> Seen:
    for _ in range(WORK_OFF_ATTEMPTS):
        before = seen(document)
        try:
            after, _wallet = _brought(before, before.order.reversed, {}, ())
        except OrderChanged:
            document = documents.get(document.reference)
            continue
        return after
    raise Contention("This order is busy; try again in a moment.")


def _brought(
    before: Seen, amount: int, fields: Mapping[str, object], extra: tuple[ExtraWrite, ...]
) -> tuple[Seen, Wallet]:
    """The order and the wallet after what moves between them."""
    account, order = wallets.reference(before.order.user_id), _document(before.order.order_id)
    for attempt in range(wallets.OPTIMISTIC_ATTEMPTS):
        # What was lost may have been lost to a writer of either.
        found, *current = documents.get_all([account, order] if attempt else [account])
        _require_unchanged(before, *current)
        batch = Batch()
        after, wallet = _add_movement(batch, found, before, amount, fields, extra)
        if not len(batch):
            return before, wallet
        try:
            committed = batch.commit()
        except (*CHANGED, AlreadyExists, NotFound):
            wallets.back_off(attempt)
        else:
            return _written(after, committed), wallet
    return _brought_under_lock(before, amount, fields, extra)


def _brought_under_lock(
    before: Seen, amount: int, fields: Mapping[str, object], extra: tuple[ExtraWrite, ...]
) -> tuple[Seen, Wallet]:
    references = [wallets.reference(before.order.user_id), _document(before.order.order_id)]

    def attempt(transaction: Transaction) -> tuple[Reversible, Wallet]:
        found, current = documents.get_all(references, transaction=transaction)
        _require_unchanged(before, current)
        return _add_movement(Batch(transaction), found, before, amount, fields, extra)

    try:
        (after, wallet), committed = under_lock(attempt)
    except (*CHANGED, AlreadyExists, InvalidArgument, NotFound) as error:  # as a payment under its lock
        raise Contention("This wallet is busy; try again in a moment.") from error
    return (before if after == before.order else _written(after, committed)), wallet


def _written(after: Reversible, committed: Committed) -> Seen:
    return Seen(after, committed.of(_document(after.order_id)).update_time)


def _require_unchanged(before: Seen, *current: Snapshot) -> None:
    if any(not order.exists or order.update_time != before.version for order in current):
        raise OrderChanged(before.order.order_id)


def _add_movement(
    batch: Batch,
    account: Snapshot,
    before: Seen,
    amount: int,
    fields: Mapping[str, object],
    extra: tuple[ExtraWrite, ...],
) -> tuple[Reversible, Wallet]:
    """Adds the writes of what moves, which may be none, and returns the order and the wallet after them."""
    wallet = wallets.from_document(account)
    if wallet is None:
        raise NoSuchAccount("This account is gone.")
    if wallet.drift or not wallet.held.is_sound:
        raise wallets.inconsistent(wallet.user_id)
    moved = clawback.reverse(before.order, wallet, amount, lifetimes.end_of_grace(account.read_time))
    benefits, changes = _turned(before.order, account, amount)
    if moved is None and benefits == before.order.benefits:
        return before.order, wallet
    order, after = replace(before.order, reversed=amount), wallet
    if moved is not None:
        held = wallet.held + moved.entry.held
        order = moved.order
        after = replace(wallet, funds=held.funds, lots=held.lots, debt=wallet.debt + moved.entry.debt)
        if not held.is_sound or after.debt < 0:
            raise wallets.inconsistent(wallet.user_id)
        changes |= {**wallets.held(wallet, held), "debt": after.debt, "movedOn": clock.today()}
        ledger_lines.add_line(batch, moved.entry)
    if changes:
        batch.update(account.reference, changes, unchanged_since=account.update_time)
    order = replace(order, benefits=benefits)
    _add_order(batch, before, order, fields)
    for write in extra:
        write(batch)
    return order, after


def _turned(order: Reversible, account: Snapshot, amount: int) -> tuple[Benefits, dict[str, object]]:
    """What the order gives beside tokens once ``amount`` is back, and how that changes the account."""
    if not order.turns_benefits(amount):
        return order.benefits, {}
    held, now = benefit_fields.held(account), clock.at(account.read_time)
    if order.is_all_back(amount):
        heir = benefit_fields.heir(order.user_id, order.order_id, held)
        after, lost = withdrawn(order.benefits, order.order_id, held, heir, now)
        return replace(order.benefits, withdrawn=lost), benefit_fields.changes(held, after)
    after = returned(order.benefits, order.order_id, held, now)
    return replace(order.benefits, withdrawn=None), benefit_fields.changes(held, after)


def _add_order(batch: Batch, before: Seen, after: Reversible, fields: Mapping[str, object]) -> None:
    reversal = {
        "reversed": after.reversed,
        "due": after.due,
        "taken": {
            **after.taken.funds.to_fields(),
            **({"lots": lots} if (lots := after.taken.lots.to_fields()) else {}),
        },
        "owed": after.owed,
        "steps": after.steps,
        **benefit_fields.of_order(after.benefits),
    }
    batch.update(_document(after.order_id), {**fields, **reversal}, unchanged_since=before.version)


def _document(order_id: str) -> Reference:
    return documents.reference("orders", order_id)
