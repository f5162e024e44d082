"""GET /get-account: somebody's wallet, orders and lines. For administrators.

    ?userId or ?email
    ->  200 { userId, email, wallet{ as get_wallet }, orders[], lines[], frozen{ reason: since },
              disputes[{ orderId, id, status, amount, currency, dueBy }], rules{ as list_attention } }

``orders`` are the last 20 and those that tokens are owed for, ``lines`` the last 20. A number of the wallet that is
none is null; of a wallet that cannot be read the rest is empty. ``email`` is null where the user cannot sign in any
more. A freeze of an unknown time is null.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, not-an-administrator, 404 not-found (nobody has that e-mail),
no-such-account, 422 invalid-request, 503 unavailable, wallet-inconsistent.
"""

import datetime
from collections.abc import Mapping
from typing import Annotated, Any, TypedDict, cast

from pydantic import ConfigDict, Field

from shared.edge import identity
from shared.edge.access import ADMIN, Caller
from shared.edge.answers import WalletNumbers, wallet_numbers
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId
from shared.edge.identity import SignIn
from shared.edge.requests import Query
from shared.errors import InvalidRequest, NotFound
from shared.money.wallet_answers import BesideNumbers, beside_numbers, nothing_beside
from shared.operators import account
from shared.operators.account import View
from shared.operators.rules import Rules, rules

LINE = ("type", "amount", "funds", "timestamp", "details", "economy")
ORDER = (
    *(
        "kind",
        "package",
        "plan",
        "property",
        "tokens",
        "amount",
        "currency",
        "economy",
        "status",
        "createdAt",
        "paidAt",
        "paid",
    ),
    *("parkedReason", "resolution", "paymentIntents", "reversed", "due", "owed", "taken", "disputes", "disputeDueBy"),
    *("subscriptionId", "lostAt", "reversalOpen"),
)
"""What is shown of an order, as far as it is there."""


class Parameters(Query):
    model_config = ConfigDict(json_schema_extra={"examples": [{"userId": "Xk3vQpA1mZc7"}]})

    user_id: DocumentId | None = None
    email: Annotated[str, Field(min_length=3, max_length=320, pattern="@")] | None = None


class WalletAnswer(WalletNumbers, BesideNumbers):
    """As ``get_wallet``; what cannot be read is null, or empty."""


class DisputeAnswer(TypedDict):
    orderId: str
    id: str
    status: str
    amount: int
    currency: str
    dueBy: datetime.datetime | None


class AccountAnswer(TypedDict):
    userId: str
    email: str | None
    wallet: WalletAnswer
    orders: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    disputes: list[DisputeAnswer]
    frozen: dict[str, datetime.datetime | None]
    rules: Rules


@endpoint(Parameters, ADMIN)
def get_account(caller: Caller, query: Parameters) -> AccountAnswer:  # noqa: ARG001 - every administrator sees all
    user_id, email = _whom(query)
    seen = account.view(user_id)
    since = {reason: at if isinstance(at, datetime.datetime) else None for reason, at in seen.frozen.items()}
    return {
        "userId": user_id,
        "email": email,
        "wallet": {**wallet_numbers(seen.fields), **_beside_numbers(seen)},
        "orders": [_shown(order.id, order.fields, ORDER) for order in seen.orders],
        "lines": [_shown(line.id, line.fields, LINE) for line in seen.lines],
        "disputes": [cast(DisputeAnswer, dispute) for dispute in seen.disputes],
        "frozen": since,
        "rules": rules(),
    }


def _beside_numbers(seen: View) -> BesideNumbers:
    return nothing_beside(seen.frozen) if seen.wallet is None else beside_numbers(seen.wallet)


def _whom(query: Parameters) -> tuple[str, str | None]:
    """The uid that is asked for, and the e-mail address of who has it."""
    match query:
        case Parameters(user_id=str(user_id), email=None):
            known = identity.sign_in_of(user_id)
            return user_id, known.email if known else None
        case Parameters(user_id=None, email=str(email)):
            match identity.sign_in_with(email):
                case SignIn(user_id=user_id, email=written):
                    return user_id, written
                case None:
                    raise NotFound("Nobody has this e-mail address.")
    raise InvalidRequest.field("userId", "give either userId or email")


def _shown(document_id: str, fields: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {"id": document_id, **{name: fields[name] for name in names if name in fields}}
