"""GET /export-transactions: the caller's ledger as a spreadsheet, oldest first.

    ?from & to (RFC 3339, inclusive and exclusive)
    ->  200 text/csv, streamed: timestamp,type,amount,balance,reference,id

``balance`` is the true balance after the line, also inside a window. ``reference`` is the session, the generation, the
order, the administrators' action or the other party. A cell that a spreadsheet would run as a formula is quoted with an
apostrophe.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 no-such-account, 422 invalid-request,
503 unavailable, wallet-inconsistent.
"""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import flask
from pydantic import Field

from shared.cloud.documents import Snapshot
from shared.edge.access import SIGNED_IN, Caller
from shared.edge.endpoint import endpoint
from shared.edge.fields import Moment
from shared.edge.requests import Query
from shared.edge.responses import timestamp
from shared.money import history, wallets

COLUMNS = ("timestamp", "type", "amount", "balance", "reference", "id")
REFERENCES = ("stripeSessionId", "generationId", "orderId", "actionId")
"""The details that say what a line is about, where it is not about another person."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How cells begin that spreadsheets run: https://owasp.org/www-community/attacks/CSV_Injection"""


class Parameters(Query):
    start: Annotated[Moment | None, Field(alias="from")] = None
    end: Annotated[Moment | None, Field(alias="to")] = None


@endpoint(Parameters, SIGNED_IN)
def export_transactions(caller: Caller, query: Parameters) -> flask.Response:
    wallets.require(caller.user_id)
    lines = history.statement(caller.user_id, history.Window(query.start, query.end))
    # Reads the first page before the status is sent: what is unavailable is a 503, not a file that ends early.
    first = list(itertools.islice(lines, 1))
    rows = _rows(caller.user_id, itertools.chain(first, lines))
    response = flask.Response(rows, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="transactions.csv"'
    return response


def _rows(user_id: str, lines: Iterable[tuple[Snapshot, int]]) -> Iterator[str]:
    yield _row(COLUMNS)
    for line, balance in lines:
        fields = line.fields
        reference = _safe(_reference(user_id, fields["details"]))
        time = timestamp(fields["timestamp"])
        yield _row((time, fields["type"], fields["amount"], balance, reference, _safe(line.id)))


def _reference(user_id: str, details: dict[str, Any]) -> str:
    if "senderId" in details:
        return str(details["recipientId"] if details["senderId"] == user_id else details["senderId"])
    return next((str(details[name]) for name in REFERENCES if name in details), "")


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _row(cells: tuple[object, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
