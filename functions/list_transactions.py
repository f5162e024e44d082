"""GET /list-transactions: the caller's ledger, newest first.

    ?limit (1..100, default 20) & cursor & type & from & to
    ->  200 { "transactions": [{ id, type, amount, funds, timestamp, details, economy }], "nextCursor": str | null }

``from`` is inclusive and ``to`` exclusive: RFC 3339 dates or date-times. ``nextCursor`` is null at the end; a full last
page may hand out one to an empty page. A page costs its own lines in reads, however deep it lies.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 no-such-account, 422 invalid-request (a changed cursor
included).
"""

import datetime
from typing import Annotated, Any, Literal, NotRequired, TypedDict, cast

from pydantic import Field

from shared.edge.access import SIGNED_IN, Caller
from shared.edge.answers import FundsAnswer
from shared.edge.endpoint import endpoint
from shared.edge.fields import Cursor, Digits, Moment
from shared.edge.requests import Query
from shared.ledger.entries import EntryType
from shared.money import history, wallets

FIELDS = ("type", "amount", "funds", "timestamp", "details", "economy")


class Parameters(Query):
    limit: Annotated[int, Field(ge=1, le=100), Digits] = 20
    cursor: Cursor | None = None
    type: EntryType | None = None
    start: Annotated[Moment | None, Field(alias="from")] = None
    end: Annotated[Moment | None, Field(alias="to")] = None


class PurchaseDetails(TypedDict):
    """What was bought is a package, or a plan by a pass."""

    stripeSessionId: str
    paymentIntentId: str | None
    package: NotRequired[str]
    plan: NotRequired[str]
    amount: int
    currency: str


class GenerationDetails(TypedDict):
    """A line of 0 tokens says what the images were paid by."""

    generationId: str
    feature: str
    areas: int
    paidBy: NotRequired[Literal["trial", "plan", "pass"]]
    images: NotRequired[int]


class TipDetails(TypedDict):
    senderId: str
    recipientId: str
    postId: NotRequired[str]


class ReversalDetails(TypedDict):
    """``paid`` and ``reversed`` are in minor units; ``due`` and ``owed`` in tokens, as they were after the line."""

    orderId: str
    paid: int
    reversed: int
    currency: str
    due: int
    owed: int
    step: int


class AdminDetails(TypedDict):
    actionId: str
    actorId: str
    reason: str


class WelcomeDetails(TypedDict):
    """``trial`` are images that the account makes without tokens."""

    trial: NotRequired[int]


class LineAnswer(TypedDict):
    """What a line of any type has; ``details`` are those of its type."""

    id: str
    amount: int
    funds: FundsAnswer
    timestamp: datetime.datetime
    economy: str


class PurchaseAnswer(LineAnswer):
    type: Literal["purchase"]
    details: PurchaseDetails


class GenerationLineAnswer(LineAnswer):
    type: Literal["generation_spend", "refund"]
    details: GenerationDetails


class TipLineAnswer(LineAnswer):
    type: Literal["tip_sent", "tip_received"]
    details: TipDetails


class WelcomeAnswer(LineAnswer):
    type: Literal["signup_bonus"]
    details: WelcomeDetails


class ReversalAnswer(LineAnswer):
    type: Literal["clawback", "reinstatement"]
    details: ReversalDetails


class AdminLineAnswer(LineAnswer):
    type: Literal["admin_credit"]
    details: AdminDetails


class OtherLineAnswer(LineAnswer):
    type: Literal["subscription_grant", "auto_reload", "payout", "payout_return", "expiry"]
    details: dict[str, Any]


TransactionAnswer = (
    PurchaseAnswer
    | GenerationLineAnswer
    | TipLineAnswer
    | WelcomeAnswer
    | ReversalAnswer
    | AdminLineAnswer
    | OtherLineAnswer
)


class TransactionsAnswer(TypedDict):
    transactions: list[TransactionAnswer]
    nextCursor: str | None


@endpoint(Parameters, SIGNED_IN)
def list_transactions(caller: Caller, query: Parameters) -> TransactionsAnswer:
    window = history.Window(query.start, query.end)
    page = history.page(caller.user_id, query.limit, query.cursor, query.type, window)
    if not page.documents:  # who has lines has an account
        wallets.require_account(caller.user_id)
    lines = [{"id": line.id, **{name: line.fields[name] for name in FIELDS}} for line in page.documents]
    return {"transactions": cast(list[TransactionAnswer], lines), "nextCursor": page.next_cursor}
