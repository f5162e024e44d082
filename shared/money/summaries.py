"""Statistics: what moved in a span of time, by type. Firestore sums the lines when it is asked; nothing is stored."""

import concurrent.futures
import datetime
from dataclasses import dataclass

from shared.cloud import documents
from shared.cloud.queries import NotWhole, aggregate
from shared.errors import WalletInconsistent
from shared.ledger.entries import ENTRY_TYPES, EntryType, Total, signed, types_in
from shared.ledger.wallet import opened
from shared.money import history, wallets
from shared.money.history import Window

THREADS = 7
"""Half of the types at a time: two round trips, and few connections for as many requests as an instance serves."""


@dataclass(frozen=True, slots=True)
class OfType:
    """The lines of one type: how many there are, and the sum of their signed amounts."""

    type: EntryType
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The lines of one user in a window. ``types`` are those that have lines, in the order of ``ENTRY_TYPES``."""

    types: tuple[OfType, ...]

    def counted_in(self, total: Total) -> int:
        """What the lines add to that lifetime total."""
        counted = types_in(total)
        return signed(total, sum(each.amount for each in self.types if each.type in counted))


def summary(user_id: str, window: Window) -> Summary:
    """The user's lines in the window, all of them as of one moment. It costs one aggregation a type.

    Raises:
        NoSuchAccount: no account was opened.
        WalletInconsistent: the amounts of some lines are not whole numbers.
    """
    account = documents.get(wallets.reference(user_id), fields=("createdAt",))
    opened(account if account.exists else None)

    def of_type(entry_type: EntryType) -> OfType:
        return _of_type(user_id, entry_type, window, account.read_time)

    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(of_type, ENTRY_TYPES))
    return Summary(tuple(each for each in found if each.count))


def _of_type(user_id: str, entry_type: EntryType, window: Window, moment: datetime.datetime) -> OfType:
    lines = history.lines_of(user_id, window).where("type", "==", entry_type)
    # The order makes one index serve windows of every kind.
    summed = lines.order_by("timestamp").count("count").sum("amount", "amount")
    try:
        measured = aggregate(summed, moment)
    except NotWhole as error:
        raise WalletInconsistent("These lines do not add up; contact support.") from error
    return OfType(entry_type, measured["count"], measured["amount"])
