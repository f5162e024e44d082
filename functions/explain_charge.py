"""GET /explain-charge: was I charged? What a generation, an order, a tip or a ledger line came to, in one call.

    ?id (of a generation, an order or a ledger line), or
    ?key & function (generate, tip, create_checkout): the Idempotency-Key of a request, and what it asked for
    & userId, for administrators
    ->  200 { found: true, kind, id, status, charged, returned, final, money: { paid, reversed, currency } | null,
              lines: [{ id, type, amount, timestamp }] }
    ->  200 { found: false }   nothing came of the key so far

Asking by the key works also when the answer to the request was lost. ``kind`` is generation, order, tip, grant (a line
that an administrator made) or line. ``charged`` are the tokens that were taken from the caller, ``returned`` those that
came back of them; both are 0 for what came in. ``final`` says that nothing of it can change any more. A ledger line
never does, so ask for its generation or order to learn what may still come back. ``money`` is of orders, in minor
units. ``lines`` are the caller's own.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, not-an-administrator (userId), 404 not-found (another's
included), 422 invalid-request.
"""

import datetime
from typing import Annotated, NotRequired, TypedDict

from pydantic import ConfigDict, Field

from shared.edge.access import SIGNED_IN_OR_ADMIN, Caller
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId, LineId
from shared.edge.requests import Query
from shared.errors import InvalidRequest, NotAnAdministrator
from shared.ledger.entries import EntryType
from shared.people import explanations
from shared.people.explanations import Explanation, Function, Kind, Money


class Parameters(Query):
    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "00000000000000000000000000000001"}]})

    id: LineId | None = None
    key: Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,64}$")] | None = None
    function: Function | None = None
    user_id: DocumentId | None = None


class MoneyAnswer(TypedDict):
    paid: int
    reversed: int
    currency: str


class ExplainedLineAnswer(TypedDict):
    id: str
    type: EntryType
    amount: int
    timestamp: datetime.datetime


class ExplanationAnswer(TypedDict):
    """Where nothing was found, that is all there is."""

    found: bool
    kind: NotRequired[Kind]
    id: NotRequired[str]
    status: NotRequired[str]
    charged: NotRequired[int]
    returned: NotRequired[int]
    final: NotRequired[bool]
    money: NotRequired[MoneyAnswer | None]
    lines: NotRequired[list[ExplainedLineAnswer]]


@endpoint(Parameters, SIGNED_IN_OR_ADMIN)
def explain_charge(caller: Caller, query: Parameters) -> ExplanationAnswer:
    if query.user_id is not None and not caller.is_administrator:
        raise NotAnAdministrator("Only administrators ask about others.")
    explanation = _explained(query.user_id or caller.user_id, query)
    return {"found": False} if explanation is None else _answer(explanation)


def _explained(user_id: str, query: Parameters) -> Explanation | None:
    if query.id is not None:
        if query.key is not None or query.function is not None:
            raise InvalidRequest.field("id", "cannot be given beside a key or a function")
        return explanations.of_id(user_id, query.id)
    if query.key is None or query.function is None:
        missing = "function" if query.key is not None else "key" if query.function is not None else "id"
        raise InvalidRequest.field(missing, "give an id, or a key and its function")
    return explanations.of_key(user_id, query.function, query.key)


def _answer(explanation: Explanation) -> ExplanationAnswer:
    return {
        "found": True,
        "kind": explanation.kind,
        "id": explanation.id,
        "status": explanation.status,
        "charged": explanation.charged,
        "returned": explanation.returned,
        "final": explanation.is_final,
        "money": _money(explanation.money),
        "lines": [
            {"id": line.id, "type": line.type, "amount": line.amount, "timestamp": line.timestamp}
            for line in explanation.lines
        ],
    }


def _money(money: Money | None) -> MoneyAnswer | None:
    return None if money is None else {"paid": money.paid, "reversed": money.reversed, "currency": money.currency}
