"""Reading the ledger: pages of one user's lines, newest first, and all of them, oldest first, with the balance."""

import datetime
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.cloud import documents, pages
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.queries import NAME, NotWhole, Query, aggregate, fetch
from shared.errors import WalletInconsistent
from shared.ledger.entries import EntryType

EXPORT_PAGE = 500


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time: ``start`` inclusive, ``end`` exclusive; None is open."""

    start: datetime.datetime | None = None
    end: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """At most ``limit`` lines, and the cursor behind the last; None at the end."""

    lines: list[Snapshot]
    next_cursor: str | None


def page(user_id: str, limit: int, cursor: str | None, entry_type: EntryType | None, window: Window) -> Page:
    """One page of the user's lines, newest first. Costs its own lines in reads, however deep it lies.

    Raises:
        InvalidRequest: the cursor is not one of this list.
    """
    scope = f"transactions/{user_id}/{entry_type}/{window.start}/{window.end}"
    query = _lines(user_id, window)
    if entry_type is not None:
        query = query.where("type", "==", entry_type)
    query = query.order_by("timestamp", descending=True).order_by(NAME, descending=True)
    if cursor is not None:
        time, line_id = pages.decode(scope, cursor)
        query = query.start_after({"timestamp": time, NAME: _line(line_id)})
    lines = fetch(query.limit(limit))
    more = pages.encode(scope, lines[-1].fields["timestamp"], lines[-1].id) if len(lines) == limit else None
    return Page(lines, more)


def statement(user_id: str, window: Window) -> Iterator[tuple[Snapshot, int]]:
    """Every line in the window, oldest first, each with the balance after it.

    The balance in front of the window is summed by Firestore, a read per thousand lines.
    """
    balance = 0
    if window.start is not None:
        earlier = _lines(user_id, Window(end=window.start)).sum("amount", "balance")
        for fund in ("bonus", "purchased", "earned"):  # so that the audit's index serves here too
            earlier = earlier.sum(f"funds.{fund}", fund)
        try:
            balance = aggregate(earlier)["balance"]
        except NotWhole as error:
            raise WalletInconsistent("These lines do not add up; contact support.") from error
    for line in _in_order(_all_lines(user_id, window)):
        balance += line.fields["amount"]
        yield line, balance


def _all_lines(user_id: str, window: Window) -> Iterator[Snapshot]:
    query = _lines(user_id, window).order_by("timestamp").order_by(NAME).limit(EXPORT_PAGE)
    start: dict[str, object] | None = None
    while True:
        lines = fetch(query.start_after(start) if start else query)
        yield from lines
        if len(lines) < EXPORT_PAGE:
            return
        start = {"timestamp": lines[-1].fields["timestamp"], NAME: lines[-1].reference}


def _in_order(lines: Iterable[Snapshot]) -> Iterator[Snapshot]:
    """Lines of one timestamp in the order they were committed, which their ids do not tell."""
    for _, group in itertools.groupby(lines, key=lambda line: line.fields["timestamp"]):
        yield from sorted(group, key=lambda line: line.create_time)


def _lines(user_id: str, window: Window) -> Query:
    query = Query("transactions").where("userId", "==", user_id)
    if window.start is not None:
        query = query.where("timestamp", ">=", window.start)
    if window.end is not None:
        query = query.where("timestamp", "<", window.end)
    return query


def _line(line_id: str) -> Reference:
    return documents.reference("transactions", line_id)
