"""Auto-reload as an account holds it, in its field ``autoReload``."""

import datetime
from collections.abc import Mapping
from typing import TypeVar, cast, get_args

from shared.cloud.commits import DELETED_FIELD, Increment
from shared.errors import WalletInconsistent
from shared.ledger.auto_reload import AutoReload, Card, Pause, SavedCard, Setup, Terms
from shared.ledger.reload import Settlement

FIELD = "autoReload"

T = TypeVar("T")


def parsed(fields: object) -> AutoReload:
    """What the field says; None is an account that never had to do with it.

    Raises:
        WalletInconsistent: it says something that cannot be.
    """
    if fields is None:
        return AutoReload()
    known = _map(fields)
    paused = _optional(known, "paused", str)
    if paused is not None and paused not in get_args(Pause):
        raise WalletInconsistent("Auto-reload is paused for no reason that there is.")
    return AutoReload(
        terms=_terms(known) if "package" in known else None,
        is_on=_given(known, "enabled", bool),
        saved=_saved(known) if "paymentMethod" in known else None,
        failures=_optional(known, "failures", int) or 0,
        paused=cast(Pause | None, paused),
        action_url=_optional(known, "actionUrl", str),
        in_flight=_optional(known, "inFlight", str),
        last_at=_optional(known, "lastAt", datetime.datetime),
        seq=_optional(known, "seq", int) or 0,
        month=_optional(known, "month", int) or 0,
        spent=_optional(known, "spent", int) or 0,
        setup=_setup(_map(known["setup"])) if "setup" in known else None,
    )


def written(reload: AutoReload) -> dict[str, object]:
    """The field, to be written if the account is unchanged. What there is none of is not in it."""
    fields: dict[str, object] = {
        **_terms_fields(reload.terms),
        "enabled": reload.is_on,
        "failures": reload.failures,
        "seq": reload.seq,
        "month": reload.month,
        "spent": reload.spent,
    }
    if reload.saved is not None:
        card = reload.saved.card
        fields |= {
            "paymentMethod": reload.saved.payment_method,
            "card": {"brand": card.brand, "last4": card.last4},
        }
    if (setup := reload.setup) is not None:
        fields["setup"] = {
            "session": setup.session_id,
            "url": setup.url,
            "expiresAt": setup.expires_at,
            **_terms_fields(setup.terms),
        }
    optional = {
        "paused": reload.paused,
        "actionUrl": reload.action_url,
        "inFlight": reload.in_flight,
        "lastAt": reload.last_at,
    }
    return {FIELD: fields | {name: value for name, value in optional.items() if value is not None}}


def settled(settlement: Settlement) -> dict[str, object]:
    """What a settled reload writes, whatever the account has become since it was read."""
    fields: dict[str, object] = {}
    if settlement.gives_turn_back:
        fields["inFlight"] = DELETED_FIELD
    if settlement.spent:
        fields["spent"] = Increment(settlement.spent)
    if settlement.failures != 0:
        fields["failures"] = 0 if settlement.failures is None else Increment(settlement.failures)
    if settlement.pause is not None:
        fields |= {"paused": settlement.pause, "actionUrl": DELETED_FIELD}
    return {f"{FIELD}.{name}": value for name, value in fields.items()}


def _terms_fields(terms: Terms | None) -> dict[str, object]:
    if terms is None:
        return {}
    return {"threshold": terms.threshold, "package": terms.package, "monthlyCap": terms.monthly_cap}


def _terms(fields: Mapping[str, object]) -> Terms:
    return Terms(_given(fields, "threshold", int), _given(fields, "package", str), _given(fields, "monthlyCap", int))


def _saved(fields: Mapping[str, object]) -> SavedCard:
    card = _map(fields.get("card"))
    return SavedCard(_given(fields, "paymentMethod", str), Card(_given(card, "brand", str), _given(card, "last4", str)))


def _setup(fields: Mapping[str, object]) -> Setup:
    return Setup(
        session_id=_given(fields, "session", str),
        url=_given(fields, "url", str),
        expires_at=_given(fields, "expiresAt", datetime.datetime),
        terms=_terms(fields) if "package" in fields else None,
    )


def _map(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise WalletInconsistent("A part of auto-reload is no map.")
    return value


def _given(fields: Mapping[str, object], name: str, kind: type[T]) -> T:
    value = fields.get(name)
    # A truth value is a whole number to Python, and here it is not. A time of Firestore's is of a class of its own.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise WalletInconsistent(f"Auto-reload's {name} is not what it must be.")
    return value


def _optional(fields: Mapping[str, object], name: str, kind: type[T]) -> T | None:
    return _given(fields, name, kind) if name in fields else None
