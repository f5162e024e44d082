"""Users buy tokens, and Stripe decides."""

from simulation import terms
from simulation.app_requests import Body
from simulation.operations.asking import anyone, ask, begin
from simulation.run import Run
from simulation.violations import require

PROPERTY = "villa-1"
PACKS: tuple[Body, ...] = tuple({"package": package} for package in ("starter", "popular", "pro", "creator"))
PASSES: tuple[Body, ...] = ({"plan": "day-pass"}, {"plan": "property-pass", "property": PROPERTY})
PLANS: tuple[Body, ...] = tuple({"plan": plan} for plan in terms.SUBSCRIPTIONS)
OFFERS = PACKS + PASSES + PLANS
CARDS = {
    "4242424242424242": 10,  # pays
    "4000000000000002": 2,  # is declined
    "4000009999990001": 3,  # pays later
    "4000009999990002": 2,  # fails later
    "4000000000005126": 2,  # pays; a refund fails later
    "4000000000007726": 2,  # pays; a refund succeeds later
    "4000000000000259": 1,  # pays, and disputes it at once
    "4000000000001976": 1,  # pays, and its bank inquires
}


def checkout(run: Run) -> None:
    begin(run, "create_checkout", anyone(run), run.dice.random.choice(PACKS))


def buy_pass(run: Run) -> None:
    """A user wants a pass, perhaps of what one already runs."""
    begin(run, "create_checkout", anyone(run), run.dice.random.choice(PASSES))


def pay(run: Run) -> None:
    """A user enters a card on an open checkout page."""
    if not run.checkouts:
        return
    payable = [offered for offered in run.checkouts if not offered.is_closed] or run.checkouts
    offered = run.dice.random.choice(payable[-6:])
    card = run.dice.random.choices(list(CARDS), list(CARDS.values()))[0]
    status = run.world.stripe.pay(offered.url, card)
    offered.is_closed = status != 402
    run.note(f"pay {offered.person.user_id} with ...{card[-4:]}: {status}")
    run.deliveries.collect_webhooks()


def settle_payment(run: Run) -> None:
    """A delayed payment, or a refund, succeeds or fails."""
    waiting = run.world.stripe.timers.waiting
    if waiting:
        run.note("a delayed payment or refund is decided")
        waiting.pop(run.dice.random.randrange(len(waiting)))()
        run.deliveries.collect_webhooks()


def leave_checkout(run: Run) -> None:
    """Stripe ends a session that was not paid."""
    if run.checkouts:
        offered = run.dice.random.choice(run.checkouts)
        run.note(f"a checkout of {offered.person.user_id} expires")
        run.world.stripe.expire(offered.session_id)
        run.deliveries.collect_webhooks()


def confirm(run: Run) -> None:
    """The page that Checkout returns to confirms the session; sometimes another user guessed its id."""
    if not run.checkouts:
        return
    offered = run.dice.random.choice(run.checkouts[-8:])
    person = offered.person if run.dice.happens(0.9) else anyone(run)
    answer = ask(run, person, f"confirm {person.user_id}", "confirm_checkout", {"sessionId": offered.session_id})
    if answer is None or answer.status >= 500:
        return
    if person is not offered.person:
        require(answer.status == 404, f"{person.user_id} saw the order of {offered.person.user_id}: {answer.status}")
        return
    require(answer.status == 200, f"{person.user_id} could not confirm: {answer}")
    if answer.body["status"] == "paid":
        invoice = run.world.stripe.session(offered.session_id)["invoice"]
        line = f"purchase_{offered.session_id}" if invoice is None else f"subscription_grant_{invoice}"
        credited = run.world.mirror.get(f"transactions/{line}") is not None
        require(credited, f"confirmed as paid, and not credited: {line}", "lost")
