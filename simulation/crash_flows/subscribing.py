"""The flows of subscriptions: they begin, are renewed and end, and each paid invoice brings its tokens."""

import datetime
import json
from typing import Any

from simulation.crash_flows.buying import one_customer_and_session
from simulation.crash_flows.operating import lose_webhooks, reconciling
from simulation.crash_flows.preparing import (
    GOOD_CARD,
    asking,
    bought,
    checkout,
    deliver_all,
    delivering,
    somebody,
)
from simulation.crash_table import Act, Flow
from simulation.people import Person
from simulation.run import Run
from simulation.subscription_rules import user_of
from simulation.violations import require

WEEK = datetime.timedelta(days=7)
COLLECTED_AFTER = datetime.timedelta(hours=1, minutes=1)


def _offered(run: Run) -> Any:
    """The page of a plan, whose price was made before."""
    checkout(run, somebody(run), plan="weekly")
    return checkout(run, somebody(run), plan="weekly")


def _create_checkout(run: Run) -> Act:
    checkout(run, somebody(run), plan="weekly")
    return asking(run, "create_checkout", somebody(run), {"plan": "weekly"})


def _subscribed(run: Run) -> Person:
    """A person with a plan that was paid once."""
    person = somebody(run)
    bought(run, person, plan="weekly")
    return person


def _webhook_of_a_page(run: Run) -> Act:
    run.world.stripe.pay(_offered(run)["url"], GOOD_CARD)
    return delivering(run, "stripe_webhook", "checkout.session.completed")


def _webhook_of_an_invoice(run: Run) -> Act:
    run.world.stripe.pay(_offered(run)["url"], GOOD_CARD)
    return delivering(run, "stripe_webhook", "invoice.paid")


def _webhook_of_a_renewal(run: Run) -> Act:
    _end_all(run)  # they would be renewed as well
    person = _subscribed(run)
    run.world.clock.advance(WEEK)
    deliver_all(run)
    run.world.clock.advance(COLLECTED_AFTER)
    renewal = next(each for each in run.world.stripe.invoices() if user_of(each) == person.user_id)
    return delivering(run, "stripe_webhook", f"invoice.paid {renewal['id'][:16]}")


def _webhook_of_an_end(run: Run) -> Act:
    person = _subscribed(run)
    run.world.stripe.end(_plan_of(run, person)["id"])
    return delivering(run, "stripe_webhook", "customer.subscription.deleted")


def _reconciliation(run: Run) -> Act:
    run.world.call_as_google("reconcile_payments")  # the first one lists everything, and is another
    run.world.stripe.pay(_offered(run)["url"], GOOD_CARD)
    lose_webhooks(run)
    return reconciling(run)


def _catch_up(run: Run) -> Act:
    """Prepares the end of a plan of which no webhook came, and a reconciliation that goes by lists."""
    _end_all(run)
    person = _subscribed(run)
    run.world.call_as_google("reconcile_payments")
    run.world.stripe.end(_plan_of(run, person)["id"])
    lose_webhooks(run)
    since = {"since": run.world.clock.now().isoformat()}
    run.world.clock.advance(datetime.timedelta(hours=1))  # what happened just before a call is listed as events
    return reconciling(run, json.dumps(since).encode())


def _end_all(run: Run) -> None:
    """Ends the subscriptions of earlier cells."""
    for earlier in run.world.stripe.subscriptions():
        run.world.stripe.end(earlier["id"])


def _plan_of(run: Run, person: Person) -> Any:
    """What the wallet says of the person's subscription."""
    return (run.world.mirror.get(f"users/{person.user_id}") or {})["subscription"]


def _has(tokens: int, status: str = "active") -> Any:
    def check(run: Run) -> None:
        wallet = run.world.mirror.get(f"users/{run.people[-1].user_id}") or {}
        require(wallet["subscription"]["status"] == status, f"the subscription is {wallet['subscription']}")
        require(wallet["tokenBalance"] == tokens, f"the wallet holds {wallet['tokenBalance']}, not {tokens}")

    return check


FLOWS = (
    Flow("webhook: a plan", _webhook_of_a_page, _has(50)),
    Flow("webhook: an invoice", _webhook_of_an_invoice, _has(50)),
    Flow("webhook: the end of a plan", _webhook_of_an_end, _has(50, status="cancelled")),
)

RARELY = (
    Flow("checkout of a plan", _create_checkout, one_customer_and_session),
    Flow("webhook: a renewal", _webhook_of_a_renewal, _has(80)),
    Flow("reconciliation of a plan", _reconciliation, _has(50)),
    Flow("reconciliation by lists: the end of a plan", _catch_up, _has(50, status="cancelled")),
)
