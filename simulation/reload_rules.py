"""What must hold of reloads: claimed one at a time, far enough apart and within the month's cap, and settled once."""

import datetime
from collections.abc import Mapping

from simulation import terms
from simulation.lot_rules import Time, check_lasting, spendable
from simulation.mirror import Change, Fields
from simulation.violations import require

Changed = Mapping[tuple[str, str], Change]

PREFIX = "reload_"
APART = datetime.timedelta(seconds=terms.SECONDS_APART)


def check_line(line: Fields, changed: Changed) -> None:
    """Checks the line of a reload that was paid: with its order, once."""
    name, reload_id = line["id"], line["details"]["reloadId"]
    require(name == f"auto_reload_{reload_id}", f"a reload under the id {name}", "created", line["amount"])
    order = changed.get(("orders", reload_id))
    before: Fields = (order.before if order else None) or {}
    after: Fields = (order.after if order else None) or {}
    require(before.get("status") != "paid", f"{name} was credited before", "created", line["amount"])
    told = after.get("status"), after.get("tokens"), after.get("userId")
    require(told == ("paid", line["amount"], line["userId"]), f"{name} came with the order {told}", "created")
    check_lasting(line)


def check_wallet(change: Change, changed: Changed, time: Time) -> None:
    """Checks what a commit does to a wallet's reloads: it claims one, settles one, or neither."""
    before, after = change.before or {}, change.after or {}
    was, now = before.get("autoReload", {}), after.get("autoReload", {})
    claimed = now.get("seq", 0) - was.get("seq", 0)
    reserved = now.get("spent", 0) - (was.get("spent", 0) if now.get("month") == was.get("month") else 0)
    if claimed:
        _check_claim(change.id, before, after, changed, time)
        return
    settled = [
        (each.before or {}, each.after or {})
        for (collection, name), each in changed.items()
        if collection == "orders" and name.startswith(PREFIX) and (each.after or {}).get("userId") == change.id
    ]
    ended = {order.get("order") for old, order in settled if old.get("status") == "open" != order.get("status")}
    if was.get("inFlight") != now.get("inFlight"):
        what = f"the reload {was.get('inFlight')} of {change.id} ended as {now.get('inFlight')} by itself"
        require(now.get("inFlight") is None and was.get("inFlight") in ended, what, "lost")
    given_back = sum(order["amount"] for old, order in settled if order["status"] == "failed" != old.get("status"))
    paid_late = sum(
        order["amount"] for old, order in settled if (old.get("status"), order["status"]) == ("failed", "paid")
    )
    is_right = reserved in (-given_back, paid_late - given_back)
    require(is_right, f"the month of {change.id} moved by {reserved}, its reloads by {paid_late - given_back}", "lost")


def _check_claim(user_id: str, before: Fields, after: Fields, changed: Changed, time: Time) -> None:
    was, now = before["autoReload"], after["autoReload"]
    name = now.get("inFlight")
    require(now["seq"] == was["seq"] + 1, f"{user_id} claimed several reloads at once", "created")
    require(was["enabled"] and "paused" not in was, f"{name} of {user_id} was claimed though it is off", "created")
    require("frozen" not in before and not before.get("debt"), f"{name} of {user_id} was claimed for a stopped wallet")
    require("inFlight" not in was, f"{name} was claimed while {was.get('inFlight')} is under way", "created")
    last = was.get("lastAt")
    is_apart = last is None or now["lastAt"] >= last + APART
    require(is_apart, f"{name} was claimed at {now['lastAt']}, right after {last}", "created")
    change = changed.get(("orders", str(name)))
    order: Fields = (change.after if change and not change.before else None) or {}
    require(order.get("status") == "open", f"{name} was claimed without its order", "lost")
    require(order["amount"] == terms.AMOUNTS[was["package"]], f"{name} is of {order['amount']}", "created")
    spent = was["spent"] if was["month"] == now["month"] else 0
    require(now["spent"] == spent + order["amount"], f"{name} reserves {now['spent'] - spent}", "created")
    require(now["spent"] <= was["monthlyCap"], f"{name} is beyond the cap: {now['spent']}", "created", order["amount"])
    require(now["month"] in {day // 100 for day in time.days}, f"{name} counts for the month {now['month']}", "created")
    is_low = any(spendable(before, day) < was["threshold"] for day in time.days)
    require(is_low, f"{name} was claimed for a wallet that is not low", "created")


def check_at_rest(user_id: str, wallet: Fields, orders: Mapping[str, Fields]) -> None:
    """Checks that nothing is under way any more, what the month says, and where the wallet leads."""
    reload = wallet.get("autoReload")
    if reload is not None:
        require("inFlight" not in reload, f"{reload.get('inFlight')} of {user_id} is never settled", "lost")
        cost = sum(
            order["amount"]
            for order in orders.values()
            if order.get("kind") == "reload"
            and (order["userId"], order["month"]) == (user_id, reload["month"])
            and order["status"] != "failed"
        )
        require(reload["spent"] == cost, f"the month of {user_id} says {reload['spent']}, its reloads {cost}", "lost")
        _check_page(user_id, reload, orders)


def _check_page(user_id: str, reload: Fields, orders: Mapping[str, Fields]) -> None:
    """Checks that a page can be paid on that the owner of a card is led to."""
    led_to = [order for order in orders.values() if order.get("url", "") == reload.get("actionUrl")]
    dead = [order["order"] for order in led_to if order["status"] in ("expired", "failed")]
    require(not dead, f"{user_id} is to pay on the page of {dead}, where nobody can")
