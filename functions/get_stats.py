"""GET /get-stats: what the caller earned, spent and bought in a span of time, and the lines of each type.

    ?from & to (RFC 3339, inclusive and exclusive)
    ->  200 { from, to, types: [{ type, count, amount }], earned, spent, bought }

All of it is in tokens and summed from the ledger as of one moment. ``earned``, ``spent`` and ``bought`` count as the
lifetime totals of the wallet do: tips received, generations net of refunds, purchases. ``types`` names those that have
lines. ``from`` and ``to`` are null where they were not given.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 no-such-account, 422 invalid-request,
503 unavailable, wallet-inconsistent.
"""

import datetime
from typing import Annotated, TypedDict

from pydantic import Field

from shared.edge.access import SIGNED_IN, Caller
from shared.edge.endpoint import endpoint
from shared.edge.fields import Moment
from shared.edge.requests import Query
from shared.ledger.entries import EntryType
from shared.money import summaries
from shared.money.history import Window


class Parameters(Query):
    start: Annotated[Moment | None, Field(alias="from")] = None
    end: Annotated[Moment | None, Field(alias="to")] = None


class TypeAnswer(TypedDict):
    type: EntryType
    count: int
    amount: int


StatsAnswer = TypedDict(
    "StatsAnswer",
    {
        "from": datetime.datetime | None,
        "to": datetime.datetime | None,
        "types": list[TypeAnswer],
        "earned": int,
        "spent": int,
        "bought": int,
    },
)


@endpoint(Parameters, SIGNED_IN)
def get_stats(caller: Caller, query: Parameters) -> StatsAnswer:
    summary = summaries.summary(caller.user_id, Window(query.start, query.end))
    return {
        "from": query.start,
        "to": query.end,
        "types": [{"type": each.type, "count": each.count, "amount": each.amount} for each in summary.types],
        "earned": summary.counted_in("totalTokensEarned"),
        "spent": summary.counted_in("totalTokensSpent"),
        "bought": summary.counted_in("totalTokensPurchased"),
    }
