"""What money that comes again costs: use without tokens, invoices, reloads, tokens that end, and meters."""

import datetime
from typing import Any
from unittest import mock

from bench import loading
from bench.counting import Counts, cost_of, counted, rows
from bench.operations import IMAGE, PROMPT, TOKENS, Call
from bench.rows import Row, at_most, exactly
from shared.art import meters
from shared.billing import invoices, offers, reloads, stripe_invoices
from shared.billing.stripe_reloads import Payment
from shared.billing.webhook import Event
from shared.cloud.clients import store
from shared.cloud.commits import Batch
from shared.ledger.decision import Outcome
from shared.ledger.expiry import Expiry
from shared.ledger.generation import Spend
from shared.ledger.invoice import Invoice, Line
from shared.ledger.means import Terms
from shared.ledger.offer import Offer
from shared.money import payments, wallets

LATER = datetime.datetime(2100, 1, 31, tzinfo=datetime.UTC)

CUSTOMER = "cus_bench"

PLAN: dict[str, Any] = {
    "id": "sub_bench",
    "plan": "atelier",
    "tier": "atelier",
    "status": "active",
    "until": LATER,
    "actionUrl": None,
    "unlimitedPerDay": 40,
    "features": ["image"],
    "grantsAccess": False,
}
PASS: dict[str, Any] = {"plan": "week", "until": LATER, "unlimitedPerDay": 20, "features": ["image"]}

MEANS: dict[str, dict[str, Any]] = {
    "a plan": {"subscription": PLAN},
    "a pass": {"passes": {"week": PASS}},
    "the trial": {"trial": {"remaining": 3, "used": 0}},
}
"""What a wallet holds that pays for a picture without tokens."""

RELOADS: dict[str, Any] = {
    "enabled": True,
    "threshold": 100,
    "package": "popular",
    "monthlyCap": 3000,
    "paymentMethod": "pm_bench",
    "card": {"brand": "visa", "last4": "4242"},
}


def measure() -> list[Row]:
    """The rows of every such operation's cost."""
    return [
        *(row for means, held in MEANS.items() for row in _row(f"spend by {means}", _use(held), (2, 1, 3))),
        *_row("wallet", _wallet(), (1, 1, 0)),
        *_invoices(),
        *_reload(),
        *_row("expiry of two lots", _expiry(), (2, 1, 3)),
        *_row("count of a picture that a bonus pays", lambda: meters.count(is_free=True), (1, 0, 1)),
    ]


def _row(name: str, call: Call, costs: Counts) -> list[Row]:
    """The rows of what costs as little as it can."""
    return rows(name, counted(cost_of(call)), None, costs, tuple(map(exactly, costs)))


def _holding(tokens: int = 0, **fields: object) -> str:
    """The id of a new user with the tokens, whose account says so."""
    user_id = loading.new_id("u")
    loading.write([(f"users/{user_id}", loading.wallet(tokens) | fields)])
    return user_id


def _use(held: dict[str, Any]) -> Call:
    user_id, generation_id = _holding(TOKENS, **held), loading.new_id("")
    terms = Terms(trial_features=frozenset({"image"}))
    payment = Spend(generation_id, user_id, "image", 1, IMAGE, "phoenix@1", "", terms=terms)

    def record(batch: Batch, outcome: Outcome) -> None:
        if outcome.facts["paidBy"] == "tokens":
            raise RuntimeError("the tokens pay, where something else was to")
        document = {"userId": user_id, "feature": "image", "prompt": PROMPT, "status": "queued", **outcome.facts}
        batch.create(store().collection("generations").document(generation_id), document)

    return lambda: payments.pay(payment, record)


def _wallet() -> Call:
    user_id = _holding(TOKENS, **MEANS["a plan"], **MEANS["a pass"], **MEANS["the trial"], autoReload=RELOADS)
    return lambda: wallets.require(user_id)


def _invoices() -> list[Row]:
    """A paid invoice of a renewal, and one of an upgrade, which is of two prices. Stripe's answer is not counted."""
    plus, studio = _offered("plus", 130, 999), _offered("studio", 280, 1999)
    renewal = [Line(plus, 999, "usd", LATER)]
    upgrade = [Line(plus, -500, "usd", LATER), Line(studio, 1000, "usd", LATER)]
    return [
        *rows(
            "credit an invoice",
            counted(cost_of(_settling(renewal))),
            None,
            limit=(2, 1, 4),
            goal=(exactly(3), exactly(3), exactly(4)),
        ),
        *rows(
            "credit an invoice of an upgrade",
            counted(cost_of(_settling(upgrade))),
            None,
            limit=(2, 2, 4),
            goal=(exactly(3), exactly(4), exactly(4)),
        ),
    ]


def _offered(plan: str, tokens: int, amount: int) -> str:
    """The id of a price that sells the plan."""
    price = loading.new_id("price_")
    offers.record(Offer(price, plan, plan, plan, tokens, amount, "usd", "month", "phoenix@1", None, (), False, True, 3))
    return price


def _settling(lines: list[Line]) -> Call:
    user_id, invoice_id = _holding(stripeCustomerId=CUSTOMER), loading.new_id("in_")
    amount = sum(line.amount for line in lines)
    paid = Invoice(invoice_id, "sub_bench", user_id, CUSTOMER, "paid", amount, amount, "usd", tuple(lines))

    def settle() -> None:
        with mock.patch.object(stripe_invoices, "payments_of", return_value=(f"pi_{invoice_id}",)):
            invoices.settle(paid, _event(invoice_id, "invoice.paid"))

    return settle


def _reload() -> list[Row]:
    """A reload that is claimed, and its settlement by Stripe's event. Stripe's answers are not counted."""
    user_id = _holding(50, stripeCustomerId=CUSTOMER, autoReload=RELOADS)
    claimed: list[str] = []

    def claim() -> None:
        reload_id, idle = reloads._claimed(user_id)
        if reload_id is None:
            raise RuntimeError(f"no reload was claimed: {idle}")
        claimed.append(reload_id)

    claim_cost = cost_of(claim)
    [reload_id] = claimed
    payment = Payment(f"pi_{reload_id}", "succeeded", None, 999, "usd", CUSTOMER, reload_id, user_id)
    event = _event(reload_id, "payment_intent.succeeded")
    settled = cost_of(lambda: reloads.settle(reload_id, user_id, payment, event))
    return [
        *rows("claim of a reload", counted(claim_cost), None, (2, 1, 2), tuple(map(exactly, (2, 1, 2)))),
        *rows("settlement of a reload", counted(settled), None, (2, 1, 4), tuple(map(at_most, (2, 2, 4)))),
    ]


def _expiry() -> Call:
    over = {"until_20260101": 4, "until_20260102": 6}
    user_id = _holding(10, lots={"purchased": over}, nextExpiry=20260101)
    return lambda: payments.pay(Expiry(user_id, ("purchased", 20260101), "phoenix@1"))


def _event(about: str, kind: str) -> Event:
    return Event(f"evt_{about}", kind, created=None, livemode=False, about=None, subject=None)
