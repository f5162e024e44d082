"""Money goes back: a seller refunds it, a payer disputes a payment, and a bank decides."""

from typing import Any

from simulation.run import Run

SHARES = (None, None, 1, 2, 3)
"""All that is left, or so many quarters of what was paid."""

DISPUTES = {"needs_response": 10, "warning_needs_response": 5, "prevented": 1}
ENDED = ("won", "lost", "warning_closed", "prevented")
EVIDENCE = {
    "winning_evidence": 6,
    "losing_evidence": 3,
    "escalate_inquiry_evidence": 2,  # an inquiry becomes a dispute, and its money goes
    "we sent it": 1,  # nothing is decided yet
}


def refund(run: Run) -> None:
    """A seller refunds a payment in Stripe's dashboard."""
    payment = _payment(run)
    if payment is not None:
        random, intent, paid = run.dice.random, payment["payment_intent"], payment["amount_total"]
        share = random.choice(SHARES)
        if run.dice.happens(0.05):
            _tell(run, f"refund in euros {payment['id'][:16]}", run.world.stripe.refund_in("eur", intent, paid // 2))
        else:
            amount = None if share is None else paid * share // 4
            _tell(
                run, f"refund {amount or 'the rest'} of {payment['id'][:16]}", run.world.stripe.refund(intent, amount)
            )


def dispute(run: Run) -> None:
    """A payer disputes a payment, all of it or a part; an inquiry takes no money yet."""
    payment = _payment(run)
    if payment is not None:
        random, paid = run.dice.random, payment["amount_total"]
        form: dict[str, str | int] = {"status": random.choices(list(DISPUTES), list(DISPUTES.values()))[0]}
        if run.dice.happens(0.3):
            form["amount"] = random.randint(1, paid * 2)
        if run.dice.happens(0.05):
            form["currency"] = "eur"
        _tell(run, f"dispute {payment['id'][:16]}", run.world.stripe.dispute(payment["payment_intent"], **form))


def answer_dispute(run: Run) -> None:
    """A seller answers a dispute, or gives in."""
    waiting = [each for each in run.world.stripe.disputes() if each["status"] not in ENDED]
    if waiting:
        dispute_id = run.dice.random.choice(waiting)["id"]
        evidence = run.dice.random.choices(list(EVIDENCE), list(EVIDENCE.values()))[0]
        gives_in = run.dice.happens(0.2)
        stripe = run.world.stripe
        became = stripe.give_in(dispute_id) if gives_in else stripe.answer(dispute_id, evidence)
        _tell(run, f"{'give in to' if gives_in else evidence + ' for'} {dispute_id}", became)


def appeal(run: Run) -> None:
    """A seller appeals a dispute that was lost."""
    lost = [each["id"] for each in run.world.stripe.disputes() if each["status"] == "lost"]
    if lost:
        dispute_id = run.dice.random.choice(lost)
        _tell(run, f"appeal {dispute_id}", run.world.stripe.decide(dispute_id, "appeal_needs_response"))


def _payment(run: Run) -> dict[str, Any] | None:
    """The session or invoice of a random payment that arrived; None where the dice find none."""
    by_invoice = run.world.stripe.collected()[:8]
    if by_invoice and run.dice.happens(0.4):
        return run.dice.random.choice(by_invoice)
    closed = [offered for offered in run.checkouts if offered.is_closed]
    if not closed:
        return None
    session = run.world.stripe.session(run.dice.random.choice(closed[-8:]).session_id)
    return session if session["payment_status"] == "paid" and session["payment_intent"] else None


def _tell(run: Run, what: str, became: str) -> None:
    run.note(f"{what}: {became}")
    run.deliveries.collect_webhooks()
