"""What the audit agreed with: the sums of each moved wallet's lines, up to a moment, in ``checkpoints/{uid}``."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.cloud import documents
from shared.cloud.documents import Reference
from shared.cloud.sums import COUNT, Amounts
from shared.ledger.entries import TOTALS, signed, types_in
from shared.ledger.funds import Funds
from shared.money import comparison, parsing

REPORTED = 100
"""So many lines that nothing explains are remembered of one wallet."""

_LOT = "lots."

_SUMMED = (COUNT, *comparison.SUMMED, *TOTALS, "debt", *comparison.TRIAL)


@dataclass(frozen=True, slots=True)
class Agreed:
    """``sums`` of the lines before ``through``.

    ``version`` is when the wallet was last written as of then. ``reported`` are lines that nothing explains and that a
    person was told of. ``begins_anew``: what was agreed on was not all that is summed today, so every line is summed
    again. Neither was it summed of the wallet, perhaps.
    """

    through: datetime.datetime | None = None
    sums: Amounts = field(default_factory=lambda: dict.fromkeys(_SUMMED, 0))
    version: datetime.datetime | None = None
    reported: tuple[str, ...] = ()
    begins_anew: bool = False


def with_line(sums: Amounts, fields: Mapping[str, Any]) -> Amounts:
    """The sums and the line; as Firestore sums it, of which what is no number is no part.

    Of each lot there is a sum as soon as a line has moved it, under the name that it has on the line.
    """
    funds = fields.get("funds")
    amounts = {"amount": _number(fields.get("amount")), "debt": _number(fields.get("debt"))}
    amounts |= {f"funds.{fund}": _number(funds.get(fund)) if isinstance(funds, dict) else 0 for fund in Funds.names}
    amounts[COUNT] = 1
    for total in TOTALS:
        if fields.get("type") in types_in(total):
            amounts[total] = signed(total, amounts["amount"])
    amounts |= _lots(fields.get("lots")) | _trial(fields)
    return {name: sums.get(name, 0) + amounts.get(name, 0) for name in sums.keys() | amounts.keys()}


def read(user_id: str, moment: datetime.datetime) -> Agreed:
    """What was agreed of the user's wallet as of the moment; nothing where that is not what ``write`` wrote."""
    document = documents.get(_reference(user_id), read_time=moment)
    try:
        return _agreed(document.fields) if document.exists else Agreed()
    except (AttributeError, KeyError, TypeError):
        return Agreed()


def write(user_id: str, agreed: Agreed) -> None:
    """Replaces what was agreed of the user's wallet."""
    documents.put(
        _reference(user_id),
        {
            "through": agreed.through,
            "lines": agreed.sums[COUNT],
            "balance": agreed.sums["amount"],
            "funds": {fund: agreed.sums[f"funds.{fund}"] for fund in Funds.names},
            "totals": {total: agreed.sums[total] for total in TOTALS},
            "debt": agreed.sums["debt"],
            "lots": lots_in(agreed.sums),
            "trial": {name: agreed.sums[name] for name in comparison.TRIAL},
            "version": agreed.version,
            "reported": list(agreed.reported[:REPORTED]),
        },
    )


def _agreed(fields: Mapping[str, Any]) -> Agreed:
    reported = tuple(map(str, fields["reported"]))
    if not set(TOTALS) <= fields["totals"].keys() or "trial" not in fields:
        return Agreed(reported=reported, begins_anew=True)
    return Agreed(
        through=parsing.moment(fields["through"]),
        sums={
            COUNT: parsing.whole(fields["lines"]),
            "amount": parsing.whole(fields["balance"]),
            **{f"funds.{fund}": parsing.whole(fields["funds"][fund]) for fund in Funds.names},
            **{total: parsing.whole(fields["totals"][total]) for total in TOTALS},
            "debt": parsing.whole(fields["debt"]),
            **{name: parsing.whole(tokens) for name, tokens in fields.get("lots", {}).items()},
            **{name: parsing.whole(fields["trial"][name]) for name in comparison.TRIAL},
        },
        version=None if fields["version"] is None else parsing.moment(fields["version"]),
        reported=reported,
    )


def lots_in(sums: Amounts) -> dict[str, float]:
    """The sums of the lots that came to something, by their names: ``lots.bonus.until_20261222``."""
    return {name: tokens for name, tokens in sums.items() if name.startswith(_LOT) and tokens}


def _lots(fields: object) -> dict[str, float]:
    if not isinstance(fields, dict):
        return {}
    return {
        f"{_LOT}{fund}.{day}": _number(tokens)
        for fund, lots in fields.items()
        if isinstance(lots, dict)
        for day, tokens in lots.items()
    }


def _trial(fields: Mapping[str, Any]) -> dict[str, float]:
    """What the line changes of the trial: the welcome grants it, a generation uses it, a refund gives images back."""
    details = fields.get("details")
    if not isinstance(details, dict):
        return {}
    images = _number(details.get("images")) if details.get("paidBy") == "trial" else 0
    match fields.get("type"):
        case "signup_bonus":
            return {"trial.remaining": _number(details.get("trial"))}
        case "generation_spend":
            return {"trial.remaining": -images, "trial.used": images}
        case "refund":
            return {"trial.remaining": images, "trial.used": -images}
    return {}


def _reference(user_id: str) -> Reference:
    return documents.reference("checkpoints", user_id)


def _number(value: object) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0
