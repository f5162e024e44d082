"""Taking: tokens that leave a wallet by somebody else's decision, whether or not the wallet may pay."""

from shared import clock
from shared.cloud.commits import Batch, Increment
from shared.cloud.documents import Snapshot
from shared.ledger.entries import Entry
from shared.ledger.wallet import opened
from shared.money import ledger_lines, wallets
from shared.money.ledger_lines import ExtraWrite


def take(account: Snapshot, entry: Entry, *extra: ExtraWrite) -> None:
    """Writes the line, the wallet without its tokens, and the event's documents.

    Raises:
        Aborted, FailedPrecondition, NotFound: the account, or another document, has changed since it was read.
        AlreadyExists: the line is there already.
        WalletInconsistent: the wallet does not add up, or would not.
    """
    wallet = opened(wallets.from_document(account))
    after = wallet.held + entry.held
    if wallet.drift or not after.is_sound or entry.user_id != wallet.user_id:
        raise wallets.inconsistent(wallet.user_id)
    batch = Batch()
    totals = {total: Increment(change) for total, change in entry.totals.items()}
    changes = {**wallets.held(wallet, after), **totals, "movedOn": clock.today()}
    batch.update(account.reference, changes, unchanged_since=account.update_time)
    ledger_lines.add_line(batch, entry)
    for write in extra:
        write(batch)
    batch.commit()
