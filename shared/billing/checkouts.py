"""Checkouts: how a package comes to be offered, once, however often and from wherever it is asked for.

What a user was offered lately lies on their desk, ``checkouts/{uid}``: for each package the *claim* that a session is
made from, and the times of the claims of the last hour. A claim is written before Stripe is asked, and says all that
the session depends on, so that whoever finds one without its order can finish what somebody else began. The desk is
what makes a user's checkouts take turns; the wallet, which every tip moves, is not written.

``checkoutKeys/{key}`` says which offer an Idempotency-Key belongs to. It is created once, in the commit of the claim or
when the offer is handed out again, so that any number of keys belong to one offer, and none to two.
"""

import datetime
import math
import uuid
from dataclasses import asdict, dataclass, replace

from shared import clock
from shared.billing import customers, orders, stripe_client, stripe_sessions
from shared.billing.orders import Order
from shared.cloud import documents
from shared.cloud.commits import SERVER_TIME, Batch
from shared.cloud.documents import Snapshot
from shared.cloud.failures import Aborted, AlreadyExists, FailedPrecondition, NotFound
from shared.economy.chosen import economy
from shared.economy.offers import Package
from shared.errors import Contention, IdempotencyConflict, InvalidRequest, Problem, TooManyRequests, Unavailable
from shared.ledger.wallet import WALLET_CAP, opened
from shared.money import wallets

CLAIMS_AN_HOUR = 10
HOUR = datetime.timedelta(hours=1)

LIFE_LEFT = datetime.timedelta(minutes=30)
"""What a session must still have to be handed out again: nobody is to lose a page while they type their card."""

SESSION_LIFETIME = datetime.timedelta(hours=24)
"""Stripe's, of a Checkout session."""

CLAIM_LIFETIME = datetime.timedelta(hours=20)
"""Stripe keeps an idempotency key for 24 hours at least: what a claim begins is finished within less, or not at all."""

ROUNDS = 8
SPENT_KEYS = 2
"""Of Stripe's, in one request: it is not asked more often than that what it cannot answer."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a session is made from. ``order`` is our reference, ``key`` and ``attempt`` name it at Stripe."""

    order: str
    key: str
    attempt: int
    package: str
    tokens: int
    amount: int
    currency: str
    claimed_at: datetime.datetime

    def is_for(self, package: Package) -> bool:
        """Whether it still costs the same."""
        offered = (self.package, self.tokens, self.amount, self.currency)
        return offered == (package.id, package.tokens, package.amount, package.currency)


@dataclass(frozen=True, slots=True)
class _Buyer:
    """Who asks, with what was read of them at one moment."""

    user_id: str
    email: str
    key: str
    account: Snapshot
    desk: Snapshot
    known_key: Snapshot


def place(user_id: str, email: str, package_id: str, key: str) -> Order:
    """An order of the package that can be paid: the one ``key`` belongs to, the open one of this package, or a new one.

    ``email`` is a verified one, or empty.

    Raises:
        IdempotencyConflict: ``key`` was used for another package.
        InvalidRequest: no such package.
        TooManyRequests: the user had as many new sessions as there may be in an hour.
        NoSuchAccount, WalletFrozen, WalletInconsistent, Unavailable.
    """
    spent_keys = 0
    for _ in range(ROUNDS):
        buyer = _look(user_id, email, key)
        try:
            return _placed(buyer, package_id)
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
        documents.reference("checkouts", user_id),
        documents.reference("checkoutKeys", key),
    ]
    found = {document.path: document for document in documents.get_all(references)}
    return _Buyer(user_id, email, key, *(found[reference.path] for reference in references))


def _placed(buyer: _Buyer, package_id: str) -> Order:
    if buyer.known_key.exists:
        if buyer.known_key.fields["package"] != package_id:
            raise IdempotencyConflict("This Idempotency-Key was used for another package.")
        if (placed := orders.with_reference(buyer.known_key.fields["order"])) is not None:
            return placed
    package = _package(buyer, package_id)
    claim = _claims(buyer.desk).get(package_id)
    if claim is None or not claim.is_for(package):
        return _opened(buyer, _claimed(buyer, package), package)
    order = orders.with_reference(claim.order)
    if order is None and clock.now() - claim.claimed_at < CLAIM_LIFETIME:
        order = _opened(buyer, claim, package)
    elif order is None or not _can_be_paid(order):
        return _opened(buyer, _claimed(buyer, package), package)
    _own_key(buyer, claim)
    return order


def _package(buyer: _Buyer, package_id: str) -> Package:
    """The package, which the buyer may buy."""
    wallet = opened(wallets.from_document(buyer.account))
    wallet.require_open()
    package = economy().package(package_id)
    if package is None:
        raise InvalidRequest.field("package", "no such package; see GET /get-catalog")
    if wallet.balance + package.tokens > WALLET_CAP:
        raise InvalidRequest.field("package", "the wallet cannot hold more tokens")
    return package


def _can_be_paid(order: Order) -> bool:
    """Whether its page can be handed out again. Stripe is asked: the webhook of a payment may be on its way."""
    if order.status != "open" or order.expires_at is None or order.expires_at - clock.now() < LIFE_LEFT:
        return False
    return stripe_sessions.retrieve_session(order.session_id).status == "open"


def _claimed(buyer: _Buyer, package: Package) -> Claim:
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
        uuid.uuid4().hex, buyer.key, 0, package.id, package.tokens, package.amount, package.currency, claimed_at=now
    )
    kept = {name: other for name, other in _claims(buyer.desk).items() if now - other.claimed_at < SESSION_LIFETIME}
    batch = Batch()
    _put_desk(batch, buyer.desk, {**kept, package.id: claim}, [*recent, now])
    _put_key(batch, buyer, claim)
    batch.commit()
    return claim


def _opened(buyer: _Buyer, claim: Claim, package: Package) -> Order:
    """The order of the session that Stripe makes from the claim."""
    customer = customers.of_account(buyer.user_id, customers.stored(buyer.account.fields), buyer.email)
    try:
        session = stripe_sessions.create_session(
            buyer.user_id, customer.id, package, claim.order, claim.key, claim.attempt
        )
    except stripe_client.CustomerMissing as missing:
        customers.forget(buyer.user_id, customer)
        _move_on(buyer.user_id, claim)  # under its key Stripe expects the customer that is gone
        raise stripe_client.KeySpent(Contention("The customer is being made anew.")) from missing
    except stripe_client.KeySpent:
        _move_on(buyer.user_id, claim)
        raise
    return orders.create(session, buyer.user_id, package, claim.order)


def _move_on(user_id: str, claim: Claim) -> None:
    """Gives the claim its next attempt, unless somebody else did."""
    desk = documents.get(documents.reference("checkouts", user_id))
    claims = _claims(desk)
    if claims.get(claim.package) == claim:
        batch = Batch()
        _put_desk(batch, desk, {**claims, claim.package: replace(claim, attempt=claim.attempt + 1)}, None)
        batch.commit()


def _own_key(buyer: _Buyer, claim: Claim) -> None:
    """Has the buyer's key belong to the claim, whoever made it."""
    if not buyer.known_key.exists or buyer.known_key.fields["order"] != claim.order:
        batch = Batch()
        _put_key(batch, buyer, claim)
        batch.commit()


def _put_key(batch: Batch, buyer: _Buyer, claim: Claim) -> None:
    known = buyer.known_key
    if known.exists:  # of a claim that came to nothing
        batch.update(known.reference, {"order": claim.order}, unchanged_since=known.update_time)
        return
    batch.create(
        known.reference,
        {
            "userId": buyer.user_id,
            "package": claim.package,
            "order": claim.order,
            "createdAt": SERVER_TIME,
        },
    )


def _put_desk(
    batch: Batch, desk: Snapshot, claims: dict[str, Claim], claimed_at: list[datetime.datetime] | None
) -> None:
    fields: dict[str, object] = {"claims": [asdict(claim) for claim in claims.values()]}
    if claimed_at is not None:
        fields["claimedAt"] = claimed_at
    if desk.exists:
        batch.update(desk.reference, fields, unchanged_since=desk.update_time)
    else:
        batch.create(desk.reference, fields)


def _claims(desk: Snapshot) -> dict[str, Claim]:
    """The newest claim of each package."""
    return {fields["package"]: Claim(**fields) for fields in desk.fields.get("claims", [])}
