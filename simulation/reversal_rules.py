"""What must hold of every commit that takes tokens back for money that went back, or returns them."""

from collections.abc import Mapping, Sequence
from typing import Any

from simulation import lot_rules
from simulation.lot_rules import FUNDS, Holding, Time, funds_in, lots_in
from simulation.mirror import Change, Fields, Mirror
from simulation.violations import require

TAKEN_FIRST = ("purchased", "bonus", "earned")
REVERSALS = ("clawback", "reinstatement")

Changed = Mapping[tuple[str, str], Change]


def due_for(tokens: int, paid: int, reversed_amount: int) -> int:
    """Returns how many of an order's tokens are to be taken back."""
    if reversed_amount <= 0:
        return 0
    return tokens if reversed_amount >= paid else tokens * reversed_amount // paid


def check_line(line: Fields, changed: Changed, time: Time) -> None:
    """Checks a line by which tokens are taken back, or returned."""
    name, kind, details = line["id"], line["type"], line["details"]
    order = changed.get(("orders", details["orderId"]))
    require(order is not None, f"{name} came without its order")
    before: Fields = (order.before if order else None) or {}
    after: Fields = (order.after if order else None) or {}
    step = before.get("steps", 0) + 1
    require(name == f"{kind}_{details['orderId']}_{step}", f"a {kind} under the id {name}", "lost", abs(line["amount"]))
    require(after["steps"] == details["step"] == step, f"{name} is not step {step} of its order")
    require(after["userId"] == line["userId"], f"{name} is about somebody else's order")
    told = {field: details[field] for field in ("due", "owed", "reversed")}
    require(told == {field: after[field] for field in told}, f"{name} says something else than its order: {told}")
    debt = after["owed"] - before.get("owed", 0)
    require(line.get("debt", 0) == debt, f"{name} changes the debt by {line.get('debt')}, its order by {debt}")
    wallet = changed.get(("users", line["userId"]))
    held: Fields = (wallet.before if wallet else None) or {}
    left: Fields = (wallet.after if wallet else None) or {}
    if kind == "clawback":
        require(line["amount"] <= 0, f"{name} brings tokens", "created", line["amount"])
        lot_rules.check_taken(line, held, TAKEN_FIRST, time)
        is_empty = any(not lot_rules.spendable(left, day) for day in time.days)
        require(not after["owed"] or is_empty, f"{name} left tokens to somebody who owes", "created")
    else:
        taken = Holding(_funds(before["taken"]), lots_in(before["taken"]))
        require(line["amount"] >= 0, f"{name} takes tokens", "lost", -line["amount"])
        require(line["amount"] <= sum(taken.funds.values()), f"{name} returns more than was taken", "created")
        lot_rules.check_returned(line, taken, TAKEN_FIRST[::-1], time)
        require(not line["amount"] or not after["owed"], f"{name} returned tokens of an order that still owes")


def check_order(change: Change, lines: Sequence[Fields]) -> None:
    """Checks that what an order took and owes is what is due of it, and what its lines moved."""
    before, after = change.before or {}, change.after or {}
    require(after.get("looks", 0) >= before.get("looks", 0), f"the order {change.id} forgot that it was looked at")
    taken, owed = _funds(after.get("taken", {})), after.get("owed", 0)
    require(min(*taken.values(), owed) >= 0, f"the order {change.id} took {taken} and owes {owed}", "negative")
    is_paid = after.get("status") == "paid"
    paid = after["paid"] if "paid" in after else after["amount"]  # an older one does not say what was collected
    due = due_for(after["tokens"], paid, after.get("reversed", 0)) if is_paid else 0
    what = f"{due} tokens of {change.id} are due, {taken} taken and {owed} owed"
    require(
        due == after.get("due", 0) == sum(taken.values()) + owed, what, "lost", abs(due - sum(taken.values()) - owed)
    )
    of_it = [line for line in lines if line["type"] in REVERSALS and line["details"]["orderId"] == change.id]
    for fund, tokens in taken.items():
        moved = sum(funds_in(line)[fund] for line in of_it)
        was = _funds(before.get("taken", {}))[fund]
        require(tokens == was - moved, f"{fund} of {change.id} moved otherwise than its lines")


def check_oldest_is_first(commit: Sequence[Change], mirror: Mirror) -> None:
    """Checks that debt was worked off of the oldest order that owes, by a commit that nobody came between."""
    for change in commit:
        before, after = change.before or {}, change.after or {}
        is_worked_off = after.get("owed", 0) < before.get("owed", 0) and after["due"] == before["due"]
        if change.collection == "orders" and is_worked_off:
            older = [
                name
                for name, order in mirror.all("orders").items()
                if order["userId"] == after["userId"] and order.get("owed") and order["createdAt"] < after["createdAt"]
            ]
            require(not older, f"the debt of {change.id} was worked off before that of {older}")


def _funds(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {fund: fields.get(fund, 0) for fund in FUNDS}
