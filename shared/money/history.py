"""Reading the ledger: pages of one user's lines, newest first, and all of them, oldest first, with the balance."""

import datetime
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shared.cloud import documents, pages
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.queries import LARGEST_IN, NAME, NotWhole, Query, aggregate, fetch, fetch_all
from shared.errors import WalletInconsistent
from shared.ledger.entries import EntryType
from shared.ledger.funds import Funds

EXPORT_PAGE = 500


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time: ``start`` inclusive, ``end`` exclusive; None is open."""

    start: datetime.datetime | None = None
    end: datetime.datetime | None = None


def line(entry_id: str) -> Reference:
    """Where the line of the entry is, or would be."""
    return documents.reference("transactions", entry_id)


def lines_named(entry_ids: Sequence[str], moment: datetime.datetime) -> list[Snapshot]:
    """Those of the lines that there are, in the order of the ids, as of the moment.

    A query by name costs only what it finds, where a lookup would cost what is not there as well.
    """
    parts = [entry_ids[start : start + LARGEST_IN] for start in range(0, len(entry_ids), LARGEST_IN)]
    queries = [Query("transactions").where(NAME, "in", [*map(line, part)]).limit(len(part)) for part in parts]
    found = {each.id: each for lines in fetch_all(queries, moment) for each in lines}
    return [found[entry_id] for entry_id in entry_ids if entry_id in found]


def page(user_id: str, limit: int, cursor: str | None, entry_type: EntryType | None, window: Window) -> pages.Page:
    """One page of the user's lines, newest first.

    Raises:
        InvalidRequest: the cursor is not one of this list.
    """
    scope = f"transactions/{user_id}/{entry_type}/{window.start}/{window.end}"
    query = lines_of(user_id, window)
    if entry_type is not None:
        query = query.where("type", "==", entry_type)
    return pages.page(query, scope, "timestamp", limit, cursor)


def statement(user_id: str, window: Window) -> Iterator[tuple[Snapshot, int]]:
    """Every line in the window, oldest first, each with the balance after it.

    The balance in front of the window is summed by Firestore, a read per thousand lines.
    """
    balance = 0
    if window.start is not None:
        earlier = lines_of(user_id, Window(end=window.start)).sum("amount", "balance")
        for fund in Funds.names:  # so that the audit's index serves here too
            earlier = earlier.sum(f"funds.{fund}", fund)
        try:
            balance = aggregate(earlier)["balance"]
        except NotWhole as error:
            raise WalletInconsistent("These lines do not add up; contact support.") from error
    for each in _in_order(lines(user_id, window)):
        balance += each.fields["amount"]
        yield each, balance


def lines(user_id: str, window: Window, moment: datetime.datetime | None = None) -> Iterator[Snapshot]:
    """Every line in the window, oldest first, now or as of ``moment``."""
    query = lines_of(user_id, window).order_by("timestamp").order_by(NAME).limit(EXPORT_PAGE)
    start: dict[str, object] | None = None
    while True:
        found = fetch(query.start_after(start) if start else query, moment)
        yield from found
        if len(found) < EXPORT_PAGE:
            return
        start = {"timestamp": found[-1].fields["timestamp"], NAME: found[-1].reference}


def _in_order(lines: Iterable[Snapshot]) -> Iterator[Snapshot]:
    """Lines of one timestamp in the order they were committed, which their ids do not tell."""
    for _, group in itertools.groupby(lines, key=lambda each: each.fields["timestamp"]):
        yield from sorted(group, key=lambda each: each.create_time)


def lines_of(user_id: str, window: Window) -> Query:
    """The user's lines in the window, in no order."""
    query = Query("transactions").where("userId", "==", user_id)
    if window.start is not None:
        query = query.where("timestamp", ">=", window.start)
    if window.end is not None:
        query = query.where("timestamp", "<", window.end)
    return query
