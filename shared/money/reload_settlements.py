"""Settled reloads: what one changes of its wallet beside money, in the commit of the event."""

from shared.cloud.commits import Batch
from shared.cloud.documents import Snapshot
from shared.ledger.reload import Settlement
from shared.money import reload_fields, wallets
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
