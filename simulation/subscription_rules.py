"""What must hold of subscriptions: what a paid invoice grants, and that what is kept is what Stripe says."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from simulation import days, terms
from simulation.lot_rules import Time, lots_in
from simulation.mirror import Change, Fields, Mirror
from simulation.violations import Violation, require

STATUSES = {
    "trialing": "active",
    "active": "active",
    "past_due": "past_due",
    "canceled": "cancelled",
}
"""What a subscription is called here, by Stripe's status of it; by every other one it is inactive."""

BEST_FIRST = ("active", "past_due", "cancelled", "inactive")
LIVE = ("active", "past_due")
SUMMED_UP = ("plan", "tier", "status", "actionUrl", "unlimitedPerDay")
"""What a wallet says of the subscription that counts, as that says it itself."""

LONG_AGO = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - as in the mirror

Changed = Mapping[tuple[str, str], Change]


def tokens_of(invoice: Fields, mirror: Mirror) -> int:
    """The tokens that an invoice buys, by its lines and by what is on record of their prices."""
    bought = Fraction()
    for line in invoice["lines"]["data"]:
        offer = mirror.get(f"offers/{line['pricing']['price_details']['price']}")
        if offer is not None:
            bought += Fraction(offer["tokens"] * line["amount"], offer["amount"])
    return max(0, int(bought // 1))


def user_of(invoice: Fields) -> str:
    """Whose the invoice is, by what was told to Stripe of its subscription; empty where it is of none of ours."""
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    metadata = details.get("metadata") or {}
    return str(metadata["userId"]) if metadata.get("app") == "guilder" else ""


def check_grant(line: Fields, changed: Changed, time: Time) -> None:
    """Checks the line of a paid invoice: with its order, once, and with the day at which its tokens end."""
    name, invoice = line["id"], line["details"]["invoiceId"]
    require(name == f"subscription_grant_{invoice}", f"a grant under the id {name}", "created", line["amount"])
    order = changed.get(("orders", invoice))
    require(order is None or order.before is None, f"{name} comes with an order that was there", "created")
    made: Fields = (order.after if order else None) or {}
    told = made.get("status"), made.get("tokens"), made.get("userId")
    require(told == ("paid", line["amount"], line["userId"]), f"{name} came with the order {told}", "created")
    require(line["amount"] >= 0, f"{name} takes tokens", "lost", -line["amount"])
    lots, plan = lots_in(line), terms.SUBSCRIPTIONS.get(line["details"]["plan"], {})
    if not line["amount"] or plan.get("tokens_expire") != "period":
        require(not any(lots.values()), f"{name} grants tokens that end: {lots}", "lost")
        return
    ends = days.ending(line["details"]["periodEnd"].replace(tzinfo=datetime.UTC))
    wanted = [
        {max(days.plus(ends, terms.PLAN_GRACE_DAYS), days.plus(today, terms.GRACE_DAYS)): line["amount"]}
        for today in time.days
    ]
    require(lots["purchased"] in wanted and not lots["bonus"], f"{name} has the lots {lots}", "lost")


def check_summary(user_id: str, wallet: Fields, mirror: Mirror) -> None:
    """Checks that the wallet says what the best of its subscriptions says."""
    own = [
        (BEST_FIRST.index(kept["status"]), LONG_AGO - _until(kept), name, kept)
        for name, kept in mirror.all("subscriptions").items()
        if (kept["userId"], kept["customerId"]) == (user_id, wallet.get("stripeCustomerId"))
        and kept.get("plan") is not None
    ]
    said = wallet.get("subscription", {})
    if not own:
        require(not said, f"{user_id} has no subscription, and the wallet says {said}", "created")
        return
    _, _, name, best = min(own)
    wanted = {"id": name, **{field: best.get(field) for field in SUMMED_UP}}
    told = {field: said.get(field) for field in wanted}
    require(told == wanted, f"{user_id} has the subscription {wanted}, and the wallet says {told}", "created")
    until = said["until"] or LONG_AGO
    require(until == _until(best), f"{name} is paid until {_until(best)}, the wallet says {until}", "created")


def check_subscriptions(
    said: Sequence[Fields], invoices: Sequence[Fields], mirror: Mirror, names: set[str]
) -> Iterator[Violation]:
    """Returns what is kept of subscriptions that is not what Stripe says."""
    for subscription in said:
        if subscription["metadata"].get("userId") not in names:
            continue
        name, status = subscription["id"], subscription["status"]
        item = subscription["items"]["data"][0]
        kept = mirror.get(f"subscriptions/{name}") or {}
        wanted = {
            "stripeStatus": status,
            "status": STATUSES.get(status, "inactive"),
            "plan": (mirror.get(f"offers/{item['price']['id']}") or {}).get("plan"),
            "cancelAtPeriodEnd": bool(subscription["cancel_at_period_end"] or subscription["cancel_at"]),
            "periodEnd": _moment(item["current_period_end"]),
            "paidUntil": _paid_until(name, invoices),
        }
        told = {field: kept.get(field) for field in wanted}
        if told != wanted:
            yield Violation("broken", f"the subscription {name} is {wanted}, and kept as {told}")


def _paid_until(subscription_id: str, invoices: Sequence[Fields]) -> datetime.datetime | None:
    """The end of what the newest paid invoice of the subscription charged for."""
    for invoice in invoices:
        details = (invoice.get("parent") or {}).get("subscription_details") or {}
        ends = [line["period"]["end"] for line in invoice["lines"]["data"] if line["amount"] >= 0]
        if invoice["status"] == "paid" and details.get("subscription") == subscription_id and ends:
            return _moment(max(ends))
    return None


def _until(kept: Fields) -> datetime.datetime:
    """Until when the subscription can be used by what was paid; one that was cancelled at once ended before."""
    paid: datetime.datetime = kept.get("paidUntil") or LONG_AGO
    return min(kept.get("endedAt") or paid, paid) if kept["status"] == "cancelled" else paid


def _moment(seconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(tzinfo=None)
