"""Credits: tokens that come in. A credit reads nothing, and lands in every wallet that exists.

It lands whole. What the wallet owes is then worked off by ``reversals``: Firestore's answer to the commit says whether
there is a debt.
"""

from shared import clock
from shared.cloud.commits import SERVER_TIME, Batch, Committed
from shared.cloud.failures import AlreadyExists, NotFound
from shared.errors import NoSuchAccount
from shared.ledger.entries import Entry
from shared.ledger.lots import Holding
from shared.ledger.wallet import Wallet
from shared.money import ledger_lines, reversals, wallets
from shared.money.ledger_lines import ExtraWrite


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
            "totalTokensPurchased": 0,
            "totalTokensSpent": 0,
            "totalTokensEarned": 0,
            "debt": 0,
            "movedOn": clock.today(),
            "createdAt": SERVER_TIME,
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


def credit(entry: Entry, *extra: ExtraWrite) -> Committed:
    """Writes what comes in: the line, the wallet's increments and the event's documents. Then debt is worked off.

    Raises:
        AlreadyRecorded: the event was credited before.
        NoSuchAccount: the user has no wallet.
        FailedPrecondition: a document of the event changed since it was read.
    """
    batch = Batch()
    ledger_lines.add_credit(batch, entry)
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
