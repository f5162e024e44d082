"""Explanations: what a request, an order or a ledger line came to. They answer "was I charged?" from the ledger.

A person asks by an id, or by the key under which they asked for something, also where no answer ever reached them. The
documents are read as they are: whoever explains has no use for what writes them, and does not load Stripe's library.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.art import generations
from shared.cloud import documents
from shared.cloud.documents import Snapshot
from shared.cloud.queries import Query, fetch
from shared.errors import NotFound
from shared.idempotency import owned_key
from shared.ledger import ids
from shared.ledger.entries import EntryType
from shared.money import history

Kind = Literal["generation", "order", "tip", "grant", "line"]

Function = Literal["generate", "tip", "create_checkout"]
"""The functions whose keys can be asked about."""

_ORDERS = ("cs_", ids.INVOICE, ids.RELOAD)

_RETURNED = frozenset[EntryType]({"refund", "reinstatement", "payout_return"})
"""The types that bring back what was taken before."""

_ENDED = frozenset({"paid", "failed", "expired", "refunded"})
"""How an order ends that nobody has to look at any more."""

_COLLECTED = frozenset({"paid", "parked", "refunded"})
"""The states of an order whose session was paid."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger, as far as it is told; ``amount`` is signed."""

    id: str
    type: EntryType
    amount: int
    timestamp: datetime.datetime


@dataclass(frozen=True, slots=True)
class Money:
    """What was ``paid`` for an order, and what of it was ``reversed``, in minor units of ``currency``."""

    paid: int
    reversed: int
    currency: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What something of one user came to. ``lines`` are the user's own, in the order in which they came about.

    ``is_final`` says that nothing of it can change any more. ``money`` is None where none was asked for.
    """

    kind: Kind
    id: str
    status: str
    is_final: bool
    lines: tuple[Line, ...]
    money: Money | None = None

    @property
    def charged(self) -> int:
        """The tokens that were taken from the user."""
        return -sum(line.amount for line in self.lines if line.amount < 0)

    @property
    def returned(self) -> int:
        """The tokens that came back of what was taken."""
        return sum(line.amount for line in self.lines if line.type in _RETURNED)


def of_id(user_id: str, asked: str) -> Explanation:
    """What the user's order, ledger line or generation of that id came to.

    An order's id begins as those of Stripe's sessions and invoices do, or of our reloads. Every line's id has an
    underscore, and no generation's.

    Raises:
        NotFound: there is nothing of this id, or it is somebody else's.
    """
    if asked.startswith(_ORDERS):
        found = _order(user_id, documents.get(documents.reference("orders", asked)))
    elif "_" in asked:
        found = _line(user_id, asked, "line")
    else:
        found = _generation(user_id, asked)
    if found is None:
        raise NotFound("There is nothing of yours under this id.")
    return found


def of_key(user_id: str, function: Function, key: str) -> Explanation | None:
    """What the user's request to the function under that ``Idempotency-Key`` came to; None if nothing did."""
    match function:
        case "generate":
            return _generation(user_id, generations.id_of(owned_key("generate", key, user_id)))
        case "tip":
            return _line(user_id, ids.tip_sent(owned_key("tip", key, user_id)), "tip")
        case "create_checkout":
            return _checkout(user_id, owned_key("checkout", key, user_id))


def _generation(user_id: str, generation_id: str) -> Explanation | None:
    generation, *lines = documents.get_all(
        [
            documents.reference("generations", generation_id),
            history.line(ids.generation_spend(generation_id)),
            history.line(ids.generation_refund(generation_id)),
        ]
    )
    if not _is_owned(generation, user_id):
        return None
    status = generation.fields["status"]
    return Explanation("generation", generation_id, status, status not in generations.UNSETTLED, _lines(lines))


def _line(user_id: str, line_id: str, kind: Literal["tip", "line"]) -> Explanation | None:
    """The line as what it was asked for; one of an administrator is a grant."""
    line = documents.get(history.line(line_id))
    if not _is_owned(line, user_id):
        return None
    is_grant = line.fields["type"] == "admin_credit"
    return Explanation("grant" if is_grant else kind, line_id, "done", True, _lines([line]))


def _checkout(user_id: str, key: str) -> Explanation | None:
    """The order that the key belongs to. None before there is one: then there is no page that could be paid."""
    known = documents.get(documents.reference("checkoutKeys", key))
    if not known.exists:
        return None
    placed = fetch(Query("orders").where("order", "==", known.fields["order"]).limit(1))
    return _order(user_id, placed[0]) if placed else None


def _order(user_id: str, order: Snapshot) -> Explanation | None:
    if not _is_owned(order, user_id):
        return None
    fields = order.fields
    status = fields["status"]
    return Explanation(
        "order",
        order.id,
        status,
        status in _ENDED and not fields.get("reversalOpen", False),
        _lines(_lines_of(order)),
        _money(status, fields),
    )


def _money(status: str, fields: Mapping[str, Any]) -> Money:
    paid = fields.get("paid", fields["amount"]) if status in _COLLECTED else 0
    return Money(paid, fields.get("reversed", 0), fields["currency"])


def _lines_of(order: Snapshot) -> list[Snapshot]:
    """The order's lines, as of the moment at which the order was read. Each step is one of two kinds."""
    steps = range(1, order.fields.get("steps", 0) + 1)
    names = [ids.credit_of(order.id)]
    names += [name for step in steps for name in (ids.clawback(order.id, step), ids.reinstatement(order.id, step))]
    return history.lines_named(names, order.read_time)


def _is_owned(document: Snapshot, user_id: str) -> bool:
    return document.exists and bool(document.fields["userId"] == user_id)


def _lines(found: Iterable[Snapshot]) -> tuple[Line, ...]:
    return tuple(
        Line(line.id, line.fields["type"], line.fields["amount"], line.fields["timestamp"])
        for line in found
        if line.exists
    )
