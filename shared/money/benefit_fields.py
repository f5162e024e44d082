"""Benefits as documents say them: on an order what it was sold with, on an account what is held of all of them."""

import datetime
from collections.abc import Mapping
from typing import Any

from shared.cloud.commits import DELETED_FIELD
from shared.cloud.documents import Snapshot
from shared.cloud.queries import Query, fetch
from shared.errors import WalletInconsistent
from shared.ledger.benefits import Access, Benefits, Held, PassOffer
from shared.ledger.entitlements import Pass
from shared.money import entitlement_fields, parsing, wallets


def sold(order: Mapping[str, Any]) -> Benefits:
    """What the order gives beside tokens."""
    withdrawn = order.get("withdrawn")
    return Benefits(
        sold_pass=_sold_pass(order) if "days" in order else None,
        grants_access=order.get("grantsAccess", False),
        withdrawn=None if withdrawn is None else datetime.timedelta(seconds=withdrawn),
    )


def held(account: Snapshot) -> Held:
    """What the account holds beside tokens.

    Raises:
        WalletInconsistent: it makes no sense.
    """
    try:
        passes = entitlement_fields.passes(account.fields)
        return Held({each.key: each for each in passes}, _access(account.fields.get("access")))
    except (KeyError, TypeError, WalletInconsistent):
        raise wallets.inconsistent(account.id) from None


def changes(before: Held, after: Held) -> dict[str, object]:
    """The fields of an account that says what is held now; none where that is the same."""
    fields: dict[str, object] = {}
    if after.passes != before.passes:
        fields["passes"] = {key: _pass_fields(each) for key, each in after.passes.items()} or DELETED_FIELD
    if after.access != before.access:
        fields["access"] = _access_fields(after.access) if after.access else DELETED_FIELD
    return fields


def of_order(benefits: Benefits) -> dict[str, object]:
    """What the document of a paid order says of what it gives; nothing where it gives nothing beside tokens."""
    if not benefits:
        return {}
    withdrawn = benefits.withdrawn
    return {
        "withdrawn": DELETED_FIELD if withdrawn is None else int(withdrawn.total_seconds()),
        "givesAccess": True if benefits.grants_access and withdrawn is None else DELETED_FIELD,
    }


def heir(user_id: str, order_id: str, held: Held) -> Access | None:
    """The access that another order gives, where the one that is held is by this order; None where there is none."""
    if held.access is None or held.access.by != order_id:
        return None
    giving = Query("orders").where("userId", "==", user_id).where("givesAccess", "==", True).limit(2)
    others = [order for order in fetch(giving) if order.id != order_id]
    return Access(others[0].fields["paidAt"], others[0].id) if others else None


def _access(fields: Any) -> Access | None:
    if not fields:
        return None
    since, by = parsing.moment(fields["since"]), parsing.text(fields["by"])
    return Access(since, by, parsing.whole(fields.get("changes", 0)))


def _sold_pass(order: Mapping[str, Any]) -> PassOffer:
    return PassOffer(
        plan=order["plan"],
        of_property=order.get("property"),
        days=order["days"],
        unlimited_per_day=order.get("unlimitedPerDay"),
        features=frozenset(order.get("features", ())),
    )


def _pass_fields(held_pass: Pass) -> dict[str, object]:
    return {
        "plan": held_pass.plan,
        "until": held_pass.until,
        "unlimitedPerDay": held_pass.unlimited_per_day,
        "features": sorted(held_pass.features),
    }


def _access_fields(access: Access) -> dict[str, object]:
    return {"since": access.since, "by": access.by, "changes": access.changes}
