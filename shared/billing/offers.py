"""Offers: what each recurring price at Stripe sells, by the id of the price.

An offer is written before its price can be bought, and is never changed. A subscription is renewed by what was offered
when it was bought, whatever the economy file says by then; an edit of the file makes new prices for new buyers.
"""

from collections.abc import Collection
from typing import Any

from shared.cloud import documents
from shared.cloud.commits import SERVER_TIME
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.failures import AlreadyExists
from shared.ledger.offer import Offer


def record(offer: Offer) -> Offer:
    """Writes the offer, and returns what is on record of its price: another one if that was there first."""
    fields = {
        "plan": offer.plan,
        "tier": offer.tier,
        "name": offer.name,
        "tokens": offer.tokens,
        "amount": offer.amount,
        "currency": offer.currency,
        "interval": offer.interval,
        "economy": offer.economy,
        "unlimitedPerDay": offer.unlimited_per_day,
        "features": list(offer.features),
        "grantsAccess": offer.grants_access,
        "tokensExpire": offer.tokens_expire,
        "graceDays": offer.grace_days,
        "createdAt": SERVER_TIME,
    }
    try:
        documents.create(_reference(offer.price_id), fields)
    except AlreadyExists:
        return get_all([offer.price_id])[offer.price_id]
    return offer


def get_all(price_ids: Collection[str]) -> dict[str, Offer]:
    """What is on record of the prices, by their ids: one read each, in one round trip."""
    references = [_reference(price_id) for price_id in dict.fromkeys(price_ids)]
    found = documents.get_all(references) if references else []
    return {document.id: _offer(document) for document in found if document.exists}


def _offer(document: Snapshot) -> Offer:
    """The offer that the document is. One that a person recorded by hand may say no more than what it costs."""
    fields: dict[str, Any] = document.fields
    return Offer(
        price_id=document.id,
        plan=fields["plan"],
        tier=fields.get("tier", fields["plan"]),
        name=fields.get("name", fields["plan"]),
        tokens=fields["tokens"],
        amount=fields["amount"],
        currency=fields["currency"],
        interval=fields["interval"],
        economy=fields["economy"],
        unlimited_per_day=fields.get("unlimitedPerDay"),
        features=tuple(fields.get("features", ())),
        grants_access=fields.get("grantsAccess", False),
        tokens_expire=fields.get("tokensExpire", False),
        grace_days=fields.get("graceDays", 0),
    )


def _reference(price_id: str) -> Reference:
    return documents.reference("offers", price_id)
