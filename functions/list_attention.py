"""GET /list-attention: what waits for a person, oldest first. For administrators.

    ?kind=parked | grants | frozen | disputes | findings & limit (1..50, default 20) & cursor
    ->  200 { "items": [{ id, userId, since, about{...} }], "nextCursor": str | null,
              "rules": { reasons, grantAlone, grantMaximum, grantDaily } }

``about`` is what has to be known to decide: the order and why it is parked; the grant that waits for a second
administrator; why a wallet is frozen; the order whose payment is disputed, and ``dueBy``, by which these are sorted;
what the last audits found. ``userId`` is null where nobody in particular is concerned. A document that is not what it
should be has its path in ``about``, as ``unreadable``. ``rules`` are what administrators may grant, in tokens, and the
reasons that they may give.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, not-an-administrator, 422 invalid-request (a changed cursor
included).
"""

import datetime
from typing import Annotated, Any, TypedDict

from pydantic import Field

from shared.edge.access import ADMIN, Caller
from shared.edge.endpoint import endpoint
from shared.edge.fields import Cursor, Digits
from shared.edge.requests import Query
from shared.operators import desk
from shared.operators.rules import Rules, rules


class Parameters(Query):
    kind: desk.Kind
    limit: Annotated[int, Field(ge=1, le=50), Digits] = 20
    cursor: Cursor | None = None


class MatterAnswer(TypedDict):
    id: str
    userId: str | None
    since: datetime.datetime
    about: dict[str, Any]


class AttentionAnswer(TypedDict):
    items: list[MatterAnswer]
    nextCursor: str | None
    rules: Rules


@endpoint(Parameters, ADMIN)
def list_attention(caller: Caller, query: Parameters) -> AttentionAnswer:  # noqa: ARG001 - every administrator sees all
    page = desk.page(query.kind, query.limit, query.cursor)
    items: list[MatterAnswer] = [
        {"id": it.id, "userId": it.user_id, "since": it.since, "about": dict(it.about)} for it in page.matters
    ]
    return {"items": items, "nextCursor": page.next_cursor, "rules": rules()}
