"""Checkouts: how an item comes to be offered, once, however often and from wherever it is asked for.

Everything begins with a claim on the user's desk (``claims.py``). The desk is what makes a user's checkouts take turns;
the wallet, which every tip moves, is not written.

``checkoutKeys/{key}`` says which offer an Idempotency-Key belongs to. It is created once, in the commit of the claim or
when the offer is handed out again, so that any number of keys belong to one offer, and none to two.
"""

import datetime
import math
import uuid
from dataclasses import dataclass, replace

from shared import clock
from shared.billing import claims, customers, items, orders, reversals, stripe_client, stripe_prices, stripe_sessions
from shared.billing.claims import Claim
from shared.billing.items import Item, Wanted
from shared.billing.orders import Order
from shared.billing.stripe_sessions import Sale
from shared.cloud import documents
from shared.cloud.commits import SERVER_TIME, Batch
from shared.cloud.documents import Snapshot
from shared.cloud.failures import Aborted, AlreadyExists, FailedPrecondition, NotFound
from shared.economy.offers import Plan
from shared.errors import (
    AlreadySubscribed,
    Contention,
    IdempotencyConflict,
    InvalidRequest,
    Problem,
    TooManyRequests,
    Unavailable,
)
from shared.ledger.wallet import WALLET_CAP, opened
from shared.money import benefit_fields, wallets

CLAIMS_AN_HOUR = 10
HOUR = datetime.timedelta(hours=1)

LIFE_LEFT = datetime.timedelta(minutes=30)
"""What a session must still have to be handed out again: nobody is to lose a page while they type their card."""

CLAIM_LIFETIME = datetime.timedelta(hours=20)
"""Stripe keeps an idempotency key for 24 hours at least: what a claim begins is finished within less, or not at all."""

PASSES = 50
"""How many an account can hold at once, each of a plan or of one property."""

ROUNDS = 8
SPENT_KEYS = 2
"""Of Stripe's, in one request: it is not asked more often than that what it cannot answer."""


@dataclass(frozen=True, slots=True)
class _Buyer:
    """Who asks, with what was read of them at one moment."""

    user_id: str
    email: str
    key: str
    account: Snapshot
    desk: Snapshot
    known_key: Snapshot


def place(user_id: str, email: str, wanted: Wanted, key: str) -> Order:
    """An order of what is wanted that can be paid: the one ``key`` belongs to, the open one of it, or a new one.

    ``email`` is a verified one, or empty.

    Raises:
        AlreadySubscribed: a plan is wanted, and the user has a subscription that lives.
        IdempotencyConflict: ``key`` was used for something else.
        InvalidRequest, PlanUnavailable: it is not for sale, or not like that.
        TooManyRequests: the user had as many new sessions as there may be in an hour.
        NoSuchAccount, WalletFrozen, WalletInconsistent, Unavailable.
    """
    spent_keys = 0
    for _ in range(ROUNDS):
        buyer = _look(user_id, email, key)
        try:
            return _placed(buyer, wanted)
        except (Aborted, AlreadyExists, FailedPrecondition, NotFound):  # another checkout of the user came between
            continue
        except stripe_client.KeySpent as spent:
            spent_keys += 1
            if spent_keys == SPENT_KEYS:
                raise _told(spent.problem) from spent
    raise Contention("Too many checkouts at once; try again in a moment.")


def _told(problem: Problem) -> Problem:
    """What the buyer is told. That Stripe remembers a claim of long ago under the key is no mistake of theirs."""
    if isinstance(problem, IdempotencyConflict):
        return Unavailable("The payment provider needs another attempt; try again in a moment.")
    return problem


def _look(user_id: str, email: str, key: str) -> _Buyer:
    references = [
        wallets.reference(user_id),
        claims.reference(user_id),
        documents.reference("checkoutKeys", key),
    ]
    found = {document.path: document for document in documents.get_all(references)}
    return _Buyer(user_id, email, key, *(found[reference.path] for reference in references))


def _placed(buyer: _Buyer, wanted: Wanted) -> Order:
    if buyer.known_key.exists:
        if Wanted.of(buyer.known_key.fields) != wanted:
            raise IdempotencyConflict("This Idempotency-Key was used for something else.")
        if (placed := orders.with_reference(buyer.known_key.fields["order"])) is not None:
            return placed
    item = _for_sale(buyer, wanted)
    claim = claims.on(buyer.desk).get(wanted.name)
    if claim is None or not claim.is_for(item):
        return _opened(buyer, _claimed(buyer, item), item)
    order = orders.with_reference(claim.order)
    if order is None and clock.now() - claim.claimed_at < CLAIM_LIFETIME:
        order = _opened(buyer, claim, item)
    elif order is None or not _can_be_paid(order):
        return _opened(buyer, _claimed(buyer, item), item)
    _own_key(buyer, claim, wanted)
    return order


def _for_sale(buyer: _Buyer, wanted: Wanted) -> Item:
    """What is wanted, which the buyer may buy."""
    wallet = opened(wallets.from_document(buyer.account))
    wallet.require_open()
    item = items.find(wanted)
    if wallet.balance + item.tokens > WALLET_CAP:
        raise InvalidRequest.field(wanted.kind, "the wallet cannot hold more tokens")
    if item.is_subscription:
        _require_no_subscription(buyer)
    elif isinstance(item.sold, Plan):
        _require_room_for_a_pass(buyer, wanted)
    return item


def _can_be_paid(order: Order) -> bool:
    """Whether its page can be handed out again. Stripe is asked: the webhook of a payment may be on its way."""
    if order.status != "open" or order.expires_at is None or order.expires_at - clock.now() < LIFE_LEFT:
        return False
    return stripe_sessions.retrieve_session(order.session_id).status == "open"


def _require_no_subscription(buyer: _Buyer) -> None:
    """Refuses a second subscription beside one that lives: plans are switched in Stripe's portal.

    Raises:
        AlreadySubscribed: there is one.
    """
    if _is_subscribed(buyer.account) or (_heard_now(buyer) and _is_subscribed(_account(buyer.user_id))):
        raise AlreadySubscribed("There is a subscription; change or end it in the portal: POST /open-portal.")


def _is_subscribed(account: Snapshot) -> bool:
    """Whether the user has a subscription that lives, late or not."""
    return (account.fields.get("subscription") or {}).get("status") in ("active", "past_due")


def _heard_now(buyer: _Buyer) -> bool:
    """Settles pages for plans that were paid and whose webhook is still on its way; whether there was one."""
    begun = [claim.order for claim in claims.recent(buyer.desk).values() if "interval" in claim.offer]
    waiting = [order for order in map(orders.with_reference, begun) if order is not None and order.status == "open"]
    return "paid" in [reversals.bring_up_to_date(order).status for order in waiting]


def _account(user_id: str) -> Snapshot:
    return documents.get(wallets.reference(user_id))


def _require_room_for_a_pass(buyer: _Buyer, wanted: Wanted) -> None:
    """Refuses a pass beyond those that an account can hold, whether they were paid yet or not.

    Raises:
        InvalidRequest: there are as many.
    """
    held = benefit_fields.held(buyer.account)
    running = {f"plan:{key}" for key, each in held.passes.items() if each.until > clock.now()}
    offered = {name for name, claim in claims.recent(buyer.desk).items() if "days" in claim.offer}
    if len({*running, *offered, wanted.name}) > PASSES:
        raise InvalidRequest.field("plan", f"no more than {PASSES} passes can be held at once")


def _claimed(buyer: _Buyer, item: Item) -> Claim:
    """A new claim, which the buyer's key belongs to.

    Raises:
        TooManyRequests: the hour has its claims.
        AlreadyExists, FailedPrecondition: another checkout of the user came between.
    """
    now = clock.now()
    recent = [time for time in buyer.desk.fields.get("claimedAt", []) if now - time < HOUR]
    if len(recent) >= CLAIMS_AN_HOUR:
        seconds = math.ceil((recent[-CLAIMS_AN_HOUR] + HOUR - now).total_seconds())
        raise TooManyRequests("You opened many checkouts; finish one of them, or come back later.", max(1, seconds))
    claim = Claim(
        order=uuid.uuid4().hex,
        key=buyer.key,
        attempt=0,
        item=item.wanted.name,
        offer=item.offer,
        price=stripe_prices.of(item.sold),
        claimed_at=now,
    )
    batch = Batch()
    claims.put(batch, buyer.desk, {**claims.recent(buyer.desk), claim.item: claim}, [*recent, now])
    _put_key(batch, buyer, claim, item.wanted)
    batch.commit()
    return claim


def _opened(buyer: _Buyer, claim: Claim, item: Item) -> Order:
    """The order of the session that Stripe makes from the claim."""
    customer = customers.of_account(buyer.user_id, customers.stored(buyer.account.fields), buyer.email)
    sale = Sale(buyer.user_id, customer.id, item, claim.price, claim.order)
    try:
        session = stripe_sessions.create_session(sale, claim.key, claim.attempt)
    except stripe_client.CustomerMissing as missing:
        customers.forget(buyer.user_id, customer)
        claims.change(buyer.user_id, claim, _next(claim))  # under its key Stripe expects the customer that is gone
        raise stripe_client.KeySpent(Contention("The customer is being made anew.")) from missing
    except stripe_client.KeySpent:
        claims.change(buyer.user_id, claim, _next(claim))
        raise
    except stripe_sessions.PriceGone as gone:
        claims.change(buyer.user_id, claim, replace(_next(claim), price=stripe_prices.of(item.sold)))
        raise stripe_client.KeySpent(Unavailable("The price has changed; try again in a moment.")) from gone
    return orders.create(session, buyer.user_id, claim.offer, claim.order)


def _next(claim: Claim) -> Claim:
    """The claim in its next attempt."""
    return replace(claim, attempt=claim.attempt + 1)


def _own_key(buyer: _Buyer, claim: Claim, wanted: Wanted) -> None:
    """Has the buyer's key belong to the claim, whoever made it."""
    if not buyer.known_key.exists or buyer.known_key.fields["order"] != claim.order:
        batch = Batch()
        _put_key(batch, buyer, claim, wanted)
        batch.commit()


def _put_key(batch: Batch, buyer: _Buyer, claim: Claim, wanted: Wanted) -> None:
    known = buyer.known_key
    if known.exists:  # of a claim that came to nothing
        batch.update(known.reference, {"order": claim.order}, unchanged_since=known.update_time)
        return
    batch.create(
        known.reference,
        {
            "userId": buyer.user_id,
            **wanted.fields,
            "order": claim.order,
            "createdAt": SERVER_TIME,
        },
    )
