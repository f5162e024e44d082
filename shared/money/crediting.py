"""Credits: tokens that come in. A credit reads nothing, and lands in every wallet that exists.

What else an order changes of the account follows from what that holds already, so such a credit reads the account, and
is written if that is unchanged.

It lands whole. What the wallet owes is then worked off by ``reversals``: Firestore's answer to the commit says whether
there is a debt.
"""

from collections.abc import Callable, Sequence

from shared import clock
from shared.cloud import documents
from shared.cloud.commits import SERVER_TIME, Batch, Committed
from shared.cloud.documents import Snapshot
from shared.cloud.failures import CHANGED, AlreadyExists, InvalidArgument, NotFound
from shared.cloud.transaction import Transaction, under_lock
from shared.errors import Contention, NoSuchAccount
from shared.ledger.benefits import Benefits, given
from shared.ledger.decision import Fields
from shared.ledger.entries import TOTALS, Entry
from shared.ledger.lots import Holding
from shared.ledger.wallet import Wallet
from shared.money import benefit_fields, ledger_lines, reversals, wallets
from shared.money.ledger_lines import ExtraWrite

AccountChange = Callable[[Snapshot], Fields]
"""What an event changes of the account as it finds it, beside money."""


class AlreadyRecorded(Exception):
    """The event has its ledger line already; nothing was written."""


def open_wallet(user_id: str, bonus: Entry | None, *extra: ExtraWrite) -> None:
    """Creates the wallet, with the bonus and its line when there is one.

    Raises:
        AlreadyRecorded: the wallet exists, or the bonus was granted before.
    """
    held = bonus.held if bonus else Holding()
    batch = Batch()
    batch.create(
        wallets.reference(user_id),
        {
            **wallets.held(Wallet(user_id), held),
            **dict.fromkeys(TOTALS, 0),
            **(bonus.totals if bonus else {}),
            "debt": 0,
            "movedOn": clock.today(),
            "createdAt": SERVER_TIME,
            **(_welcomed(bonus) if bonus else {}),
        },
    )
    if bonus:
        ledger_lines.add_line(batch, bonus)
    for write in extra:
        write(batch)
    try:
        batch.commit()
    except AlreadyExists as error:
        raise AlreadyRecorded(user_id) from error


def _welcomed(bonus: Entry) -> dict[str, object]:
    """What else the welcome leaves in a wallet that is made with it; in one that is there, increments do."""
    images = bonus.increments.get("trial.remaining", 0)
    trial = {"trial": {"remaining": images, "used": 0}} if images else {}
    return {"signupBonusGrantedAt": SERVER_TIME, **trial}


def credit(entry: Entry, *extra: ExtraWrite, fields: Fields | None = None) -> Committed:
    """Writes what comes in: the line, the wallet's increments and the event's documents. Then debt is worked off.

    ``fields`` are what else changes of the account, which is not money.

    Raises:
        AlreadyRecorded: the event was credited before.
        NoSuchAccount: the user has no wallet.
        FailedPrecondition: a document of the event changed since it was read.
    """
    batch = Batch()
    ledger_lines.add_credit(batch, entry, fields)
    for write in extra:
        write(batch)
    try:
        committed = batch.commit()
    except AlreadyExists as error:
        raise AlreadyRecorded(entry.id) from error
    except NotFound as error:
        raise NoSuchAccount("There is no such account.") from error
    reversals.work_off_after(committed, entry.user_id)
    return committed


def giving(benefits: Benefits, order_id: str) -> AccountChange:
    """What the benefits of the order change of the account that they are given to.

    It raises WalletInconsistent where what the account holds makes no sense.
    """

    def change(account: Snapshot) -> Fields:
        before = benefit_fields.held(account)
        return benefit_fields.changes(before, given(benefits, order_id, before, clock.at(account.read_time)))

    return change


def credit_with(changes: Sequence[AccountChange], entry: Entry, *extra: ExtraWrite) -> Committed:
    """Writes a credit together with what else the event changes of the account that it lands in.

    Raises:
        AlreadyRecorded, NoSuchAccount, FailedPrecondition, Aborted: as ``credit``.
        Contention: every attempt lost to another writer of the wallet; nothing was written.
        Problem: what the ``changes`` raise; nothing was written.
    """
    account = documents.get(wallets.reference(entry.user_id))
    for attempt in range(wallets.OPTIMISTIC_ATTEMPTS):
        batch = Batch()
        _add_credit_with(batch, account, changes, entry, extra)
        try:
            committed = batch.commit()
        except AlreadyExists as error:
            raise AlreadyRecorded(entry.id) from error
        except (*CHANGED, NotFound):
            before, account = account, documents.get(account.reference)
            if account.exists and account.update_time == before.update_time:  # a document of the event has changed
                raise
            wallets.back_off(attempt)
        else:
            reversals.work_off_after(committed, entry.user_id)
            return committed
    return _credit_with_under_lock(changes, entry, extra)


def _credit_with_under_lock(changes: Sequence[AccountChange], entry: Entry, extra: tuple[ExtraWrite, ...]) -> Committed:
    def attempt(transaction: Transaction) -> None:
        account = documents.get(wallets.reference(entry.user_id), transaction=transaction)
        _add_credit_with(Batch(transaction), account, changes, entry, extra)

    try:
        _, committed = under_lock(attempt)
    except AlreadyExists as error:
        raise AlreadyRecorded(entry.id) from error
    except (*CHANGED, InvalidArgument, NotFound) as error:  # as a payment under its lock
        raise Contention("This wallet is busy; try again in a moment.") from error
    reversals.work_off_after(committed, entry.user_id)
    return committed


def _add_credit_with(
    batch: Batch,
    account: Snapshot,
    changes: Sequence[AccountChange],
    entry: Entry,
    extra: tuple[ExtraWrite, ...],
) -> None:
    if not account.exists:
        raise NoSuchAccount("There is no such account.")
    fields: dict[str, object] = {}
    for change in changes:
        fields |= change(account)
    ledger_lines.add_credit(batch, entry, fields, unchanged_since=account.update_time)
    for write in extra:
        write(batch)
