"""What explains a line of the ledger: its id, its own amounts, and the document on the other side that says the same.

Nothing here reads anything. ``counterparts`` says which documents a line needs, and ``require`` looks at them.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from shared.cloud.document_ids import is_document_id
from shared.errors import WalletInconsistent
from shared.ledger import ids
from shared.ledger.entries import EntryType
from shared.ledger.funds import Funds, as_received
from shared.ledger.lots import Holding, Lots, refill
from shared.money import parsing, wallets

Fields = Mapping[str, Any]

Kind = Literal["line", "order", "generation", "action"]

INCOMING: frozenset[EntryType] = frozenset(
    {"purchase", "subscription_grant", "auto_reload", "signup_bonus", "refund", "tip_received", "reinstatement"}
)
OUTGOING: frozenset[EntryType] = frozenset({"generation_spend", "tip_sent", "clawback"})

ORDER_OF: Mapping[EntryType, str] = {
    "purchase": "stripeSessionId",
    "auto_reload": "reloadId",
    "subscription_grant": "invoiceId",
}
"""The types of the credits that an order explains, and the detail that names it."""

_KEY = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the other side of a line is."""

    kind: Kind
    id: str


Found = Mapping[Place, Fields | None]
"""What is at each place, None where there is nothing."""


class Unexplained(Exception):
    """Nothing accounts for the line. The text says which part of it is to blame."""


class LineMissing(Exception):
    """The line is as it should be, and its other half, whose id this carries, does not exist."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line whose own fields make sense."""

    id: str
    user_id: str
    type: EntryType
    funds: Funds
    details: Fields
    timestamp: datetime.datetime
    debt: int
    lots: Lots

    @property
    def held(self) -> Holding:
        return Holding(self.funds, self.lots)

    @property
    def amount(self) -> int:
        return self.funds.total


def parsed(line_id: str, fields: Fields) -> Line:
    """The line that a document of the ledger is.

    Raises:
        Unexplained: a field is missing or makes no sense, or the amount is not what its funds add up to.
    """
    try:
        if fields["funds"].keys() != set(Funds.names):
            raise Unexplained("funds")
        line = Line(
            id=line_id,
            user_id=parsing.text(fields["userId"]),
            type=_known(fields["type"]),
            funds=Funds(**{fund: parsing.whole(tokens) for fund, tokens in fields["funds"].items()}),
            details=dict(fields["details"]),
            timestamp=parsing.moment(fields["timestamp"]),
            debt=parsing.whole(fields.get("debt", 0)),
            lots=wallets.lots(fields.get("lots", {})),
        )
        amount, economy = parsing.whole(fields["amount"]), parsing.text(fields["economy"])
    except (AttributeError, KeyError, TypeError, ValueError, WalletInconsistent):
        raise Unexplained("fields") from None
    is_right_way = (line.type not in INCOMING or line.held.is_sound) and (
        line.type not in OUTGOING or (-line.held).is_sound
    )
    if amount != line.amount or not is_right_way or "@" not in economy:
        raise Unexplained("funds" if "@" in economy else "economy")
    return line


def counterparts(line: Line) -> tuple[Place, ...]:
    """The documents on the other side of the line.

    Raises:
        Unexplained: the line's id is not one of its type, or does not agree with its details.
    """
    places = _counterparts(line)
    if not all(is_document_id(place.id) or place.kind == "line" for place in places):
        raise Unexplained("details")
    return places


def require(line: Line, found: Found) -> None:
    """Returns if what is on the other side says the same as the line.

    Raises:
        Unexplained: it says something else, or is not there.
        LineMissing: the line took tokens, and its other half is not there.
    """
    match line.type:
        case "purchase" | "auto_reload":
            _require_order(line, _there(found, Place("order", line.details[ORDER_OF[line.type]]), "order"))
        case "subscription_grant":
            _require_invoice(line, _there(found, Place("order", line.details[ORDER_OF[line.type]]), "order"))
        case "generation_spend" | "refund":
            _require_generation(line, found)
        case "tip_sent" | "tip_received":
            _require_other_half(line, found)
        case "clawback" | "reinstatement":
            _require_taken(line, _there(found, Place("order", line.details["orderId"]), "order"))
        case "admin_credit":
            _require_action(line, _there(found, Place("action", line.details["actionId"]), "action"))


def refund_that_follows(line: Line, found: Found) -> tuple[str, int] | None:
    """The id and amount of the refund that there has to be of a spend, by what its generation says."""
    if line.type != "generation_spend":
        return None
    generation = found[Place("generation", line.details["generationId"])] or {}
    refunded = generation.get("refunded", 0)
    # What cost no tokens gives its images back by a line of 0.
    is_due = refunded or (line.amount == 0 and generation.get("status") in ("partial", "failed"))
    return (ids.generation_refund(line.details["generationId"]), refunded) if is_due else None


def _counterparts(line: Line) -> tuple[Place, ...]:
    match line.type:
        case "signup_bonus":
            _require_id(line, ids.signup(line.user_id))
            return ()
        case "purchase" | "auto_reload" | "subscription_grant":
            order = _named(line, ORDER_OF[line.type])
            _require_id(line, f"{line.type}_{order}")
            return (Place("order", order),)
        case "generation_spend":
            generation = _named(line, "generationId")
            _require_id(line, ids.generation_spend(generation))
            return (Place("generation", generation),)
        case "refund":
            generation = _named(line, "generationId")
            _require_id(line, ids.generation_refund(generation))
            return Place("generation", generation), Place("line", ids.generation_spend(generation))
        case "tip_sent" | "tip_received":
            return (Place("line", _other_half(line)),)
        case "clawback" | "reinstatement":
            order = _named(line, "orderId")
            _require_id(line, f"{line.type}_{order}_{line.details.get('step')}")
            return (Place("order", order),)
        case "admin_credit":
            action = _named(line, "actionId")
            _require_id(line, f"admin_{action}")
            return (Place("action", action),)
        case "expiry":
            _require_expiry(line)
            return ()
        case _:
            raise Unexplained("type")


def _require_expiry(line: Line) -> None:
    """An expiry is of one lot, all of which leaves the wallet, or ends later than it was to."""
    fund, day = _named(line, "fund"), line.details.get("day")
    if fund not in Lots.names or type(day) is not int:
        raise Unexplained("details")
    is_moved, lots = line.funds == Funds(), line.lots.of(fund)
    line_id = ids.postponement if is_moved else ids.expiry
    _require_id(line, line_id(line.user_id, fund, day))
    is_one = line.lots == Lots(**{fund: lots}) and len(lots) == 1 + is_moved
    if not is_one or line.lots.funds != line.funds or lots.get(day, 0) >= 0:
        raise Unexplained("lots")


def _other_half(line: Line) -> str:
    """The id of a tip's other line; the half that this one is belongs to its user."""
    sender, recipient = _named(line, "senderId"), _named(line, "recipientId")
    own, other = ("_sent", "_received") if line.type == "tip_sent" else ("_received", "_sent")
    key = line.id.removeprefix("tip_").removesuffix(f"_{sender}{own}")
    if not _KEY.fullmatch(key):
        raise Unexplained("id")
    _require_id(line, f"tip_{key}_{sender}{own}")
    if line.user_id != (sender if own == "_sent" else recipient) or sender == recipient:
        raise Unexplained("details")
    return f"tip_{key}_{sender}{other}"


def _require_order(line: Line, order: Fields) -> None:
    _require_same(
        "order",
        (order.get("userId"), line.user_id),
        (order.get("status"), "paid"),
        (order.get("tokens"), line.amount),
        (line.held, Holding(Funds(purchased=line.amount))),
        *((order.get(name), line.details.get(name)) for name in ("package", "plan", "amount", "currency")),
    )


def _require_invoice(line: Line, order: Fields) -> None:
    _require_same(
        "order",
        (order.get("userId"), line.user_id),
        (order.get("status"), "paid"),
        (order.get("tokens"), line.amount),
        (line.funds, Funds(purchased=line.amount)),
        *((order.get(name), line.details.get(name)) for name in ("subscriptionId", "plan", "amount", "currency")),
    )


def _require_generation(line: Line, found: Found) -> None:
    generation_id = line.details["generationId"]
    generation = _there(found, Place("generation", generation_id), "generation")
    _require_same(
        "generation",
        (generation.get("userId"), line.user_id),
        (generation.get("feature"), line.details.get("feature")),
        (generation.get("paidBy", "tokens"), line.details.get("paidBy", "tokens")),
    )
    areas = line.details.get("areas")
    if "paidBy" in line.details:
        _require_same("details", (line.details.get("images"), areas))
    if line.type == "generation_spend":
        asked_for = generation.get("areas")
        _require_same(
            "generation",
            (generation.get("cost"), -line.amount),
            (len(asked_for) if isinstance(asked_for, list) else None, areas),
        )
        return
    _require_same("generation", (generation.get("refunded"), line.amount))
    spend = parsed(
        ids.generation_spend(generation_id), _there(found, Place("line", ids.generation_spend(generation_id)), "spend")
    )
    if spend.type != "generation_spend" or line.amount > -spend.amount or not areas <= spend.details["areas"]:
        raise Unexplained("spend")
    returned = refill(-spend.held, line.amount)
    # Days that are over, or nearly, are later than they were; of the others nothing is.
    lots = returned.lots.no_sooner_than(line.lots.next_expiry or 0)
    _require_same("spend", (spend.user_id, line.user_id), (returned.funds, line.funds), (lots, line.lots))


def _require_other_half(line: Line, found: Found) -> None:
    other_id = _other_half(line)
    fields = found[Place("line", other_id)]
    if fields is None:
        raise LineMissing(other_id) if line.type == "tip_sent" else Unexplained("other half")
    try:
        other = parsed(other_id, fields)
    except Unexplained:
        raise Unexplained("other half") from None
    sent, received = (line, other) if line.type == "tip_sent" else (other, line)
    _require_same(
        "other half",
        ((sent.type, received.type), ("tip_sent", "tip_received")),
        ((sent.user_id, received.user_id), (line.details["senderId"], line.details["recipientId"])),
        (Holding(as_received(-sent.funds)), received.held),
        (sent.details, received.details),
    )


def _require_taken(line: Line, order: Fields) -> None:
    """What is ``taken`` after the last step is what is due of the order less what is still owed."""
    step, due, owed = (line.details.get(name) for name in ("step", "due", "owed"))
    if type(step) is not int or type(due) is not int or type(owed) is not int or not 0 <= owed <= due:
        raise Unexplained("details")
    _require_same("order", (order.get("userId"), line.user_id))
    steps = order.get("steps", 0)
    if not 1 <= step <= steps:
        raise Unexplained("order")
    if step == steps:
        taken = order.get("taken") or {}
        tokens = sum(taken.get(fund, 0) for fund in Funds.names)
        _require_same("order", (order.get("owed", 0), owed), (tokens, due - owed))
    if step == 1:
        _require_same("order", (-line.amount, due - owed))


def _require_action(line: Line, action: Fields) -> None:
    by = {action.get("actor"), action.get("decidedBy")}
    _require_same(
        "action",
        (action.get("about"), line.user_id),
        (action.get("amount"), line.amount),
        (action.get("reason"), line.details.get("reason")),
        (action.get("status"), "done"),
        (line.details.get("actorId") in by, True),
    )


def _there(found: Found, place: Place, what: str) -> Fields:
    fields = found[place]
    if fields is None:
        raise Unexplained(what)
    return fields


def _require_same(what: str, *pairs: tuple[object, object]) -> None:
    if any(type(one) is not type(other) or one != other for one, other in pairs):
        raise Unexplained(what)


def _require_id(line: Line, expected: str) -> None:
    if line.id != expected:
        raise Unexplained("id")


def _named(line: Line, detail: str) -> str:
    value = line.details.get(detail)
    if not isinstance(value, str):
        raise Unexplained("details")
    return value


def _known(value: object) -> EntryType:
    for known in get_args(EntryType):
        if value == known:
            entry_type: EntryType = known
            return entry_type
    raise Unexplained("type")
