"""Compares what was taken back for every order with what Stripe says went back of its money."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from simulation import terms
from simulation.days import day_of
from simulation.lot_rules import spendable
from simulation.mirror import Fields
from simulation.reversal_rules import due_for
from simulation.run import Run
from simulation.violations import Kind, Violation, require

NOT_REFUNDED = ("failed", "canceled")

Objects = Sequence[dict[str, Any]]


def check_reversals(run: Run) -> Iterator[Violation]:
    """Returns the orders whose tokens are not where the final state of their payments has them."""
    refunds, disputes = _by_payment(run.world.stripe.refunds()), _by_payment(run.world.stripe.disputes())
    names = {person.user_id for person in run.people}
    reloads = [each for each in run.world.stripe.payment_intents() if "reload" in each["metadata"]]
    paid = [_as_session(each) for each in reloads if each["status"] == "succeeded"]
    sold = [
        each
        for each in [*run.world.stripe.sessions(), *paid]
        if each["payment_status"] == "paid" and each["payment_intent"]
    ]
    for session in [*sold, *run.world.stripe.collected()]:
        order = run.world.mirror.get(f"orders/{session['id']}") or {}
        if order.get("userId") in names:
            payment = session["payment_intent"]
            check = _checked if order["status"] == "paid" else _checked_uncredited
            yield from check(session, order, refunds[payment], disputes[payment])


def _as_session(reload: dict[str, Any]) -> dict[str, Any]:
    """The payment of a reload as far as it is like a session that was paid."""
    return {
        "id": reload["metadata"]["reload"],
        "payment_intent": reload["id"],
        "payment_status": "paid",
        "amount_total": reload["amount"],
        "currency": reload["currency"],
    }


def check_debts(run: Run) -> None:
    """Every user of the run must owe what the user's orders owe, and must not owe while holding tokens.

    Raises:
        Violation: somebody owes something else.
    """
    owed: defaultdict[str, int] = defaultdict(int)
    for order in run.world.mirror.all("orders").values():
        owed[order["userId"]] += order.get("owed", 0)
    for person in run.people:
        name, wallet = person.user_id, run.world.mirror.get(f"users/{person.user_id}") or {}
        debt, balance = wallet.get("debt", 0), spendable(wallet, day_of(run.world.clock.now()))
        kind: Kind = "created" if debt < owed[name] else "lost"
        what = f"{name} owes {debt} tokens, and the orders {owed[name]}"
        require(debt == owed[name], what, kind, abs(debt - owed[name]))
        is_stopped = "frozen" in wallet
        require(is_stopped or not debt or not balance, f"{name} owes {debt} and still has {balance}", "created", debt)


def _checked(session: Fields, order: Fields, refunds: Objects, disputes: Objects) -> Iterator[Violation]:
    name, reversed_amount = session["id"], _reversed(session, refunds, disputes)
    due = due_for(order["tokens"], session["amount_total"], reversed_amount)
    difference = due - order.get("due", 0)
    if reversed_amount != order.get("reversed", 0):
        kind: Kind = "created" if difference > 0 else "lost"
        what = f"{reversed_amount} of the money of {name} is back, the order says {order.get('reversed', 0)}"
        yield Violation(kind, what, abs(difference))
    is_all_back = 0 < session["amount_total"] <= reversed_amount
    if order.get("plan") in terms.PASS_DAYS and is_all_back != ("withdrawn" in order):
        yield Violation("created" if is_all_back else "lost", f"the pass of {name} is not what its money says")
    statuses = {dispute["id"]: dispute["status"] for dispute in disputes}
    if statuses != order.get("disputes", {}):
        yield Violation("broken", f"the disputes of {name} are {statuses}, the order says {order.get('disputes')}")


def _checked_uncredited(session: Fields, order: Fields, refunds: Objects, disputes: Objects) -> Iterator[Violation]:
    """An order that nobody was credited for is over once all of the money is back, in whatever currency."""
    is_back = _reversed({**session, "currency": None}, refunds, disputes) == session["amount_total"]
    status = "refunded" if is_back else "parked"
    if order["status"] != status:
        yield Violation("broken", f"the order {session['id']} is {order['status']}, not {status}")


def _reversed(session: Fields, refunds: Objects, disputes: Objects) -> int:
    """What of the money is back; what is in another currency counts by its amount where the session's is None."""
    paid, currency = session["amount_total"], session["currency"]
    back = sum(
        refund["amount"]
        for refund in refunds
        if refund["status"] not in NOT_REFUNDED and currency in (None, refund["currency"])
    )
    for dispute in disputes:
        is_away = sum(moved["amount"] for moved in dispute["balance_transactions"]) < 0
        if is_away and dispute["status"] != "won" and not dispute["status"].startswith("warning_"):
            back += dispute["amount"] if currency in (None, dispute["currency"]) else paid
    return int(min(paid, back))


def _by_payment(objects: Objects) -> defaultdict[str, list[dict[str, Any]]]:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in objects:
        found[each["payment_intent"]].append(each)
    return found
