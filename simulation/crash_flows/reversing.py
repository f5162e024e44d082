"""The flows of money that goes back, and of what is owed for it."""

from simulation.crash_flows.preparing import (
    GOOD_CARD,
    asking,
    bought,
    checkout,
    deliver_all,
    delivering,
    die_after,
    nothing_more,
    order_is,
    passes_are,
    payment_of,
    sent,
    somebody,
    somebody_rich,
)
from simulation.crash_table import Act, Flow
from simulation.people import Person
from simulation.run import Run
from simulation.violations import require


def _webhook_of_a_refund(run: Run) -> Act:
    run.world.stripe.refund(bought(run, somebody(run)), None)
    return delivering(run, "stripe_webhook", "charge.refunded")


def _webhook_of_a_refunded_pass(run: Run) -> Act:
    run.world.stripe.refund(bought(run, somebody(run), plan="day-pass"), None)
    return delivering(run, "stripe_webhook", "charge.refunded")


def _webhook_of_a_refund_of_spent_tokens(run: Run) -> Act:
    buyer = somebody(run)
    payment = bought(run, buyer)
    sent(run, buyer, somebody(run), 37)
    run.world.stripe.refund(payment, None)
    return delivering(run, "stripe_webhook", "refund.created")


def _webhook_of_a_refund_before_the_credit(run: Run) -> Act:
    session = checkout(run, somebody(run))
    run.world.stripe.pay(session["url"], GOOD_CARD)
    run.world.stripe.refund(payment_of(run, session["sessionId"]), 300)
    return delivering(run, "stripe_webhook", "charge.refunded")


def _webhook_of_a_won_dispute(run: Run) -> Act:
    """Prepares a dispute of spent tokens, so that a part comes back and a part was only owed."""
    buyer = somebody(run)
    payment = bought(run, buyer)
    sent(run, buyer, somebody(run), 17)
    run.world.stripe.dispute(payment)
    deliver_all(run)
    run.world.stripe.answer(run.world.stripe.disputes()[0]["id"], "winning_evidence")
    return delivering(run, "stripe_webhook", "charge.dispute.funds_reinstated")


def _owing(run: Run, tipped: int = 60) -> Person:
    """A person without tokens, who had 60, sent some, and owes what is missing of the 50 that were bought."""
    debtor = somebody(run)
    payment = bought(run, debtor)
    sent(run, debtor, somebody(run), tipped)
    run.world.stripe.refund(payment, None)
    deliver_all(run)
    return debtor


def _credit_of_who_owes(run: Run) -> Act:
    session = checkout(run, _owing(run))
    run.world.stripe.pay(session["url"], GOOD_CARD)
    return delivering(run, "stripe_webhook", "checkout.session.completed")


def _tip_to_who_owes(run: Run) -> Act:
    debtor = _owing(run)
    return asking(run, "tip", somebody_rich(run), {"recipientId": debtor.user_id, "amount": 55})


def _payment_of_who_owes(run: Run) -> Act:
    """Prepares somebody who owes and holds tokens, because whoever brought these died before they were taken."""
    debtor = _owing(run, tipped=30)
    session = checkout(run, debtor)
    run.world.stripe.pay(session["url"], GOOD_CARD)
    die_after(run, "firestore Commit orders+transactions+users+webhookEvents", "stripe_webhook", "checkout")
    return asking(run, "tip", debtor, {"recipientId": somebody(run).user_id, "amount": 3})


def _nothing_is_owed(run: Run) -> None:
    owing = {person.user_id for person in run.people if (run.world.mirror.get(f"users/{person.user_id}") or {})["debt"]}
    require(not owing, f"{owing} still owe")


FLOWS = (
    Flow("clawback", _webhook_of_a_refund, order_is("paid")),
    Flow("refund of a pass", _webhook_of_a_refunded_pass, passes_are()),
    Flow("clawback under a lock", _webhook_of_a_refund, order_is("paid"), contended=True),
    Flow("clawback into debt", _webhook_of_a_refund_of_spent_tokens, nothing_more),
    Flow("clawback before the credit", _webhook_of_a_refund_before_the_credit, order_is("paid")),
    Flow("reinstatement", _webhook_of_a_won_dispute, _nothing_is_owed),
    Flow("credit into debt", _credit_of_who_owes, _nothing_is_owed),
    Flow("tip into debt", _tip_to_who_owes, _nothing_is_owed),
    Flow("payment out of debt", _payment_of_who_owes, _nothing_is_owed),
)
