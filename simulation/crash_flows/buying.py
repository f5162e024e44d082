"""The flows by which tokens are bought."""

from simulation.crash_flows.preparing import (
    GOOD_CARD,
    asking,
    checkout,
    deliver_all,
    delivering,
    order_is,
    passes_are,
    somebody,
)
from simulation.crash_table import Act, Flow
from simulation.operations.buying import PROPERTY
from simulation.run import Run
from simulation.violations import require

PAYS_LATER, FAILS_LATER = "4000009999990001", "4000009999990002"


def _create_checkout(run: Run) -> Act:
    return asking(run, "create_checkout", somebody(run), {"package": "popular"})


def one_customer_and_session(run: Run) -> None:
    user_id = run.people[-1].user_id
    made = [each for each in run.world.stripe.sessions() if each["metadata"]["userId"] == user_id]
    # A session whose creation failed inside Stripe may exist without an order: its page is not known.
    sessions = [each for each in made if run.world.mirror.get(f"orders/{each['id']}")]
    require(len(sessions) == 1, f"{len(sessions)} sessions were offered for one checkout")
    wallet = run.world.mirror.get(f"users/{user_id}") or {}
    require(wallet.get("stripeCustomerId") == sessions[0]["customer"], "the session is of another customer")


def _paid(run: Run, card: str) -> None:
    session = checkout(run, somebody(run))
    run.world.stripe.pay(session["url"], card)
    run.deliveries.collect_webhooks()


def _webhook_of_a_payment(run: Run) -> Act:
    _paid(run, GOOD_CARD)
    return delivering(run, "stripe_webhook", "checkout.session.completed")


def _webhook_of_a_pass(run: Run) -> Act:
    session = checkout(run, somebody(run), plan="property-pass", property=PROPERTY)
    run.world.stripe.pay(session["url"], GOOD_CARD)
    return delivering(run, "stripe_webhook", "checkout.session.completed")


def _webhook_of_a_delayed_payment(run: Run) -> Act:
    _paid(run, PAYS_LATER)
    return delivering(run, "stripe_webhook", "checkout.session.completed")


def _decided(run: Run, card: str) -> None:
    _paid(run, card)
    deliver_all(run)
    run.world.stripe.timers.waiting.pop()()


def _webhook_of_its_arrival(run: Run) -> Act:
    _decided(run, PAYS_LATER)
    return delivering(run, "stripe_webhook", "checkout.session.async_payment_succeeded")


def _webhook_of_its_failure(run: Run) -> Act:
    _decided(run, FAILS_LATER)
    return delivering(run, "stripe_webhook", "checkout.session.async_payment_failed")


def _webhook_of_an_expiry(run: Run) -> Act:
    session = checkout(run, somebody(run))
    run.world.stripe.expire(session["sessionId"])
    return delivering(run, "stripe_webhook", "checkout.session.expired")


def _confirmation(run: Run) -> Act:
    person = somebody(run)
    session = checkout(run, person)
    run.world.stripe.pay(session["url"], GOOD_CARD)
    body = {"sessionId": session["sessionId"]}
    return lambda: run.world.post("confirm_checkout", person, body)


FLOWS = (
    Flow("checkout", _create_checkout, one_customer_and_session),
    Flow("webhook: paid", _webhook_of_a_payment, order_is("paid")),
    Flow("webhook: a pass", _webhook_of_a_pass, passes_are(f"property-pass:{PROPERTY}")),
    Flow("webhook: pending", _webhook_of_a_delayed_payment, order_is("paid")),
    Flow("webhook: arrived", _webhook_of_its_arrival, order_is("paid")),
    Flow("webhook: failed", _webhook_of_its_failure, order_is("failed")),
    Flow("webhook: expired", _webhook_of_an_expiry, order_is("expired")),
    Flow("confirmation", _confirmation, order_is("paid")),
)
