"""Users subscribe, switch, cancel and pay late; Stripe renews what goes on."""

import datetime
from typing import Any

from simulation.operations.asking import anyone, ask, begin
from simulation.operations.buying import PLANS
from simulation.run import Run

CARDS = {
    "4242424242424242": 6,
    "4000000000000341": 4,  # can be saved; every payment is declined
    "4000002760003184": 2,  # wants its owner when nobody is there
    "4000000000000259": 1,  # pays, and disputes it at once
}
LIVE = ("active", "past_due", "trialing")
ACTIONS = {"switch": 5, "card": 4, "cancel": 2, "keep": 2}


def subscribe(run: Run) -> None:
    begin(run, "create_checkout", anyone(run), run.dice.random.choice(PLANS))


def renew(run: Run) -> None:
    """Time passes until Stripe does something by itself: a period ends, an invoice is charged, or charged again."""
    moments = [each["items"]["data"][0]["current_period_end"] for each in _live(run)]
    for invoice in run.world.stripe.invoices():
        moments += [invoice["automatically_finalizes_at"], invoice["next_payment_attempt"]]
    due = min((moment for moment in moments if moment is not None), default=None)
    if due is not None and run.depth == 0:
        moment = datetime.datetime.fromtimestamp(due, datetime.UTC) + datetime.timedelta(minutes=1)
        run.world.clock.advance(max(datetime.timedelta(), moment - run.world.clock.now()))
        run.note(f"Stripe does what is due: it is {run.world.clock.now():%d %H:%M}")
        run.deliveries.collect_webhooks()


def visit_portal(run: Run) -> None:
    """A user opens the portal, and switches the plan, cancels it, takes that back, or pays with another card."""
    live = _live(run)
    if not live:
        return
    random, one = run.dice.random, run.dice.random.choice(live)
    person = next(each for each in run.people if each.user_id == one["metadata"]["userId"])
    answer = ask(run, person, f"portal of {person.user_id}", "open_portal", {})
    if answer is None or answer.status != 200:
        return
    action = random.choices(list(ACTIONS), list(ACTIONS.values()))[0]
    fields = {"subscription": one["id"]}
    if action == "switch":
        fields["price"] = random.choice(list(run.world.mirror.all("offers")))
    elif action == "card":
        fields["card"] = random.choices(list(CARDS), list(CARDS.values()))[0]
    status = run.world.stripe.press(answer.body["url"], action, fields)
    run.note(f"{action} {one['id'][:12]} {fields.get('price', '')}{fields.get('card', '')}: {status}")
    run.deliveries.collect_webhooks()


def pay_late(run: Run) -> None:
    """A user whose payment failed pays on the page that the wallet names."""
    late = {
        user_id: page
        for user_id, wallet in run.world.mirror.all("users").items()
        if (page := wallet.get("subscription", {}).get("actionUrl")) is not None
    }
    if late:
        user_id = run.dice.random.choice(list(late))
        card = run.dice.random.choices(list(CARDS), list(CARDS.values()))[0]
        form = {"card": card, "email": "payer@example.com"}
        run.note(f"pay late {user_id} with ...{card[-4:]}: {run.world.stripe.press(late[user_id], 'pay', form)}")
        run.deliveries.collect_webhooks()


def end_at_once(run: Run) -> None:
    """A seller ends a subscription in Stripe's dashboard."""
    live = _live(run)
    if live:
        one = run.dice.random.choice(live)
        run.note(f"end {one['id'][:12]}: {run.world.stripe.end(one['id'])}")
        run.deliveries.collect_webhooks()


def _live(run: Run) -> list[dict[str, Any]]:
    return [each for each in run.world.stripe.subscriptions() if each["status"] in LIVE]
