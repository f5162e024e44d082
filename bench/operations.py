"""The money operations, ours and seed style, as calls that are prepared before anything is measured."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from unittest import mock

from google.cloud import firestore

from bench import loading, seed_style
from shared.billing import fulfilment, stripe_reversals
from shared.billing.subjects import MoneyBack
from shared.billing.webhook import Event
from shared.cloud.clients import store
from shared.cloud.commits import Batch
from shared.ledger.decision import Outcome
from shared.ledger.generation import Spend
from shared.ledger.order_state import Session
from shared.ledger.reversal import Refund, Reversals
from shared.ledger.tip import Tip
from shared.money import payments

TOKENS = 1_000_000
"""The balance that every wallet starts with, so that nothing is refused by accident."""

IMAGE = 5
TIP = 3
PROMPT = "A lighthouse in the fog, oil on canvas"

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Operation:
    """``ours`` and ``seed_style`` prepare that many calls of one client, with users of its own."""

    name: str
    ours: Callable[[int], list[Call]]
    seed_style: Callable[[int], list[Call]]


def _our_purchases(calls: int) -> list[Call]:
    (user_id,) = loading.wallets(1, TOKENS)
    sessions = [loading.new_id("cs_") for _ in range(calls)]
    loading.write((f"orders/{session_id}", loading.order(user_id)) for session_id in sessions)
    return [settling(paid_event(session_id, user_id)) for session_id in sessions]


def _seed_purchases(calls: int) -> list[Call]:
    (user_id,) = loading.wallets(1, TOKENS)
    sessions = [loading.new_id("cs_") for _ in range(calls)]
    return [seed_crediting(session_id, user_id) for session_id in sessions]


def paid_event(session_id: str, user_id: str) -> Event:
    """What Stripe sends of a paid session."""
    session = Session(
        id=session_id,
        status="complete",
        payment_status="paid",
        mode="payment",
        subtotal=999,
        total=999,
        currency="usd",
        payment_intent_id=f"pi_{session_id}",
        user_id=user_id,
        package="popular",
    )
    return Event(
        f"evt_{session_id}", "checkout.session.completed", created=None, livemode=False, about=None, subject=session
    )


def refunded_event(session_id: str) -> Event:
    """What Stripe sends of a refund of the same payment."""
    subject = MoneyBack(f"pi_{session_id}")
    return Event(f"evt_{session_id}_r", "charge.refunded", created=None, livemode=False, about=None, subject=subject)


@contextlib.contextmanager
def stripe_refunded(amount: int) -> Iterator[None]:
    """Within the block Stripe answers that so many cents of every payment went back."""
    said = Reversals((Refund("re_1", amount, "usd", "succeeded"),), ())
    with mock.patch.object(stripe_reversals, "reversals_of", return_value=said):
        yield


def settling(event: Event) -> Call:
    """The webhook's work on a verified event: the order settled and the event logged."""
    return lambda: fulfilment.apply(event)


def seed_crediting(session_id: str, user_id: str) -> Call:
    return lambda: seed_style.credit_tokens_from_purchase(user_id, 110, session_id, "popular")


def _our_spends(calls: int) -> list[Call]:
    (user_id,) = loading.wallets(1, TOKENS)
    return our_spends_of(user_id, calls)


def our_spends_of(user_id: str, calls: int) -> list[Call]:
    """Charging for an image and recording its generation: what ``accept`` does in Firestore, without the queue."""
    return [_our_spend(user_id, loading.new_id("")) for _ in range(calls)]


def _our_spend(user_id: str, generation_id: str) -> Call:
    payment = Spend(generation_id, user_id, "image", 1, IMAGE, "phoenix@1", "")

    def record(batch: Batch, _: Outcome) -> None:
        document = {"userId": user_id, "feature": "image", "prompt": PROMPT, "status": "queued", "cost": IMAGE}
        batch.create(
            store().collection("generations").document(generation_id),
            {**document, "createdAt": firestore.SERVER_TIMESTAMP},
        )

    return lambda: payments.pay(payment, record)


def _seed_spends(calls: int) -> list[Call]:
    (user_id,) = loading.wallets(1, TOKENS)
    return seed_spends_of(user_id, calls)


def seed_spends_of(user_id: str, calls: int) -> list[Call]:
    return [lambda: seed_style.spend(user_id, IMAGE, PROMPT)] * calls


def _our_tips(calls: int) -> list[Call]:
    payer_id, payee_id = loading.wallets(2, TOKENS)
    return our_tips_to(payee_id, payer_id, calls)


def our_tips_to(payee_id: str, payer_id: str, calls: int) -> list[Call]:
    def tip(key: str) -> Call:
        payment = Tip(f"tip_{key}_{payer_id}", payer_id, payee_id, TIP, "phoenix@1", "")
        return lambda: payments.pay(payment)

    return [tip(loading.new_id("")) for _ in range(calls)]


def _seed_tips(calls: int) -> list[Call]:
    payer_id, payee_id = loading.wallets(2, TOKENS)
    return seed_tips_to(payee_id, payer_id, calls)


def seed_tips_to(payee_id: str, payer_id: str, calls: int) -> list[Call]:
    return [lambda: seed_style.tip(payer_id, payee_id, TIP)] * calls


PURCHASE = Operation("credit a purchase", _our_purchases, _seed_purchases)
SPEND = Operation("spend", _our_spends, _seed_spends)
TIP_A_CREATOR = Operation("tip", _our_tips, _seed_tips)
OPERATIONS = (PURCHASE, SPEND, TIP_A_CREATOR)
