"""Reloads that were settled, by their charge or on a page: what that changes of the wallet beside money."""

from collections.abc import Callable

from shared.cloud.commits import Batch, Committed
from shared.cloud.documents import Snapshot
from shared.errors import WalletInconsistent
from shared.ledger import auto_reload
from shared.ledger.auto_reload import AutoReload
from shared.ledger.decision import Fields
from shared.ledger.reload import Settlement
from shared.money import reload_fields, wallets
from shared.money.crediting import AccountChange
from shared.money.ledger_lines import ExtraWrite


def commit(account: Snapshot, settlement: Settlement, *extra: ExtraWrite) -> None:
    """Writes what the settlement changes of the account, if there is one, and the documents of the event.

    Raises:
        Aborted, AlreadyExists, FailedPrecondition, NotFound: a document has changed since it was read, or is gone.
    """
    batch = Batch()
    if account.exists:
        batch.update(account.reference, wallets.beside_money(reload_fields.settled(settlement)))
    for write in extra:
        write(batch)
    batch.commit()


def resuming(url: str) -> AccountChange:
    """What it changes of an account that its owner paid on the page of that URL.

    Of an account that makes no sense it changes nothing, because what comes in lands all the same.
    """
    return lambda account: _changed(account, lambda before: auto_reload.paid_on_page(before, url))


def leave_page(account: Snapshot, url: str, *extra: ExtraWrite) -> Committed:
    """Writes that the account leads no more to the page of that URL, if it does, and the documents of the event.

    Raises:
        Aborted, FailedPrecondition, NotFound: a document has changed since it was read, or is gone.
    """
    batch = Batch()
    if account.exists and (fields := _changed(account, lambda before: auto_reload.without_page(before, url))):
        batch.update(account.reference, wallets.beside_money(fields), unchanged_since=account.update_time)
    for write in extra:
        write(batch)
    return batch.commit()


def _changed(account: Snapshot, change: Callable[[AutoReload], AutoReload]) -> Fields:
    """The fields that it changes; none of an account that makes no sense."""
    try:
        before = reload_fields.parsed(account.fields.get(reload_fields.FIELD))
    except WalletInconsistent:
        return {}
    after = change(before)
    return {} if after == before else reload_fields.written(after)
