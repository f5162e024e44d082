"""The flows of administrators, and of the scheduler: reconciliation and audits."""

import datetime
import functools

from simulation.crash_flows.preparing import (
    GOOD_CARD,
    administrator,
    asked,
    asking,
    bought,
    checkout,
    deliver_all,
    liked_post,
    lose,
    nothing_more,
    order_is,
    payment_of,
    somebody,
    somebody_rich,
)
from simulation.crash_table import Act, Flow
from simulation.operations.operators import ADMINISTRATORS, REASON
from simulation.run import Run
from simulation.violations import require
from simulation.world import Answer


def _grant(run: Run) -> Act:
    body = {"userId": somebody(run).user_id, "amount": 20, "reason": REASON}
    return asking(run, "grant_tokens", ADMINISTRATORS[0], body)


def _approval(run: Run) -> Act:
    body = {"userId": somebody(run).user_id, "amount": 600, "reason": REASON}
    waiting = asked(run, "grant_tokens", ADMINISTRATORS[0], body)
    return administrator(run, "approve_grant", {"actionId": waiting["actionId"]})


def _freeze(run: Run) -> Act:
    return administrator(run, "freeze_wallet", {"userId": somebody(run).user_id, "frozen": True, "reason": REASON})


def _is_frozen(run: Run) -> None:
    wallet = run.world.mirror.get(f"users/{run.people[-1].user_id}") or {}
    require(list(wallet.get("frozen", ())) == ["operator"], f"the wallet is frozen for {wallet.get('frozen')}")


def _parked(run: Run) -> str:
    """An order that waits for a person, because what it asks for is not what was paid."""
    session = checkout(run, somebody(run))
    run.world.changed_offers.add(session["sessionId"])
    run.write(f"orders/{session['sessionId']}", {"amount": 500})
    run.world.stripe.pay(session["url"], GOOD_CARD)
    deliver_all(run)
    return str(session["sessionId"])


def _resolution(run: Run, decision: str) -> Act:
    return _deciding(run, _parked(run), decision)


def _parked_order_of_which_all_is_back(run: Run) -> Act:
    """Prepares an order that waits for a person, and whose refund no webhook told."""
    order_id = _parked(run)
    run.world.stripe.refund(payment_of(run, order_id), None)
    lose_webhooks(run)
    return _deciding(run, order_id, "close")


def _unclear_reversal(run: Run) -> Act:
    """Prepares a paid order of which a part was refunded in another currency."""
    payment = bought(run, somebody(run))
    run.world.stripe.refund_in("eur", payment, 250)
    deliver_all(run)
    return _deciding(run, run.requests[-1].answer["sessionId"], "close")


def _is_accepted(run: Run) -> None:
    order_is("paid")(run)
    order = run.world.mirror.get(f"orders/{run.requests[-1].answer['sessionId']}") or {}
    left = {"unclear", "reversalOpen"} & order.keys()
    require(order.get("resolution") == "close" and not left, f"it was decided to {order.get('resolution')}: {left}")


def _deciding(run: Run, order_id: str, decision: str) -> Act:
    return administrator(run, "resolve_order", {"orderId": order_id, "decision": decision, "reason": REASON})


def _rebuilding(run: Run) -> Act:
    """Prepares a wallet that says something else than its lines."""
    person = somebody_rich(run)
    wrong = {"tokenBalance": 71, "funds": {"bonus": 11, "purchased": 59, "earned": 1}, "totalTokensSpent": 5, "debt": 3}
    run.spoil(person.user_id, wrong)
    return administrator(run, "rebuild_wallet", {"userId": person.user_id, "reason": REASON})


def _is_rebuilt(run: Run) -> None:
    wallet = run.world.mirror.get(f"users/{run.people[-1].user_id}") or {}
    told = tuple(wallet[name] for name in ("tokenBalance", "funds", "totalTokensSpent", "debt"))
    require(told == (60, {"bonus": 10, "purchased": 50, "earned": 0}, 0, 0), f"the wallet was rebuilt as {told}")


def _reconciliation(run: Run) -> Act:
    """Prepares a payment and its refund of which no webhook came, after a first call that looked at everything."""
    run.world.clock.advance(datetime.timedelta(minutes=11))
    run.world.call_as_google("reconcile_payments")
    session = checkout(run, somebody(run))
    run.world.stripe.pay(session["url"], GOOD_CARD)
    run.world.stripe.refund(payment_of(run, session["sessionId"]), 300)
    lose_webhooks(run)
    return reconciling(run)


def reconciling(run: Run, body: bytes = b"{}") -> Act:
    """Returns the call that does what no webhook did."""

    def act() -> Answer | None:
        run.world.clock.advance(datetime.timedelta(minutes=11))  # longer than a call that died holds its lease
        answer = run.world.call_as_google("reconcile_payments", body)
        # The next call does what this one could not.
        is_done = answer is None or not answer.is_success or (answer.body["complete"] and not answer.body["failed"])
        return answer if is_done else None

    return act


def lose_webhooks(run: Run) -> None:
    """Loses everything that Stripe has to tell."""
    run.deliveries.collect_webhooks()
    for delivery in run.deliveries.pending[:]:
        if delivery.kind == "webhook":
            run.deliveries.drop(delivery)


def _audit(run: Run) -> Act:
    """Prepares an audit that is not the first, because that one is shorter or longer than those that follow."""
    somebody_rich(run)
    answer = run.world.call_as_google("audit_balances")
    while answer is not None and answer.status == 200 and not answer.body["complete"]:
        answer = run.world.call_as_google("audit_balances")
    somebody_rich(run)
    return lambda: run.world.call_as_google("audit_balances")


def _audit_counters(run: Run) -> Act:
    """Prepares a lost like, which the audit must correct."""
    liked_post(run)
    lose(run, "count_likes")
    return lambda: run.world.call_as_google("audit_counters")


def _the_next_audit_examines_all(run: Run) -> None:
    """What one audit could not examine is a finding of its own, and is put right by the next."""
    for _ in range(2):  # the first may be the rest of one that died
        answer = run.world.call_as_google("audit_counters")
        require(answer is not None and answer.status == 200 and answer.body["complete"], f"not audited: {answer}")
    require(answer is not None and answer.body["unexamined"] == 0, f"never examined: {answer}")


FLOWS = (
    Flow("grant", _grant, nothing_more),
    Flow("approve a grant", _approval, nothing_more),
    Flow("freeze", _freeze, _is_frozen),
    Flow("resolve: credit", functools.partial(_resolution, decision="credit"), order_is("paid")),
    Flow("resolve: refund", functools.partial(_resolution, decision="refund"), order_is("refunded")),
    Flow("resolve: close", _parked_order_of_which_all_is_back, order_is("refunded")),
    Flow("resolve: accept", _unclear_reversal, _is_accepted),
    Flow("rebuild a wallet", _rebuilding, _is_rebuilt),
    Flow("reconciliation", _reconciliation, order_is("paid")),
    Flow("audit of the money", _audit, nothing_more),
    Flow("audit of the counters", _audit_counters, _the_next_audit_examines_all),
)
