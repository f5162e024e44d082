"""Wallets, ledger lines, orders and posts to measure with, written quickly: in bulk, without the product's own code."""

import datetime
import itertools
import uuid
from collections.abc import Iterable
from typing import Any

from google.cloud import firestore

from shared.cloud.clients import store

BATCH = 400
"""Documents a commit: a server timestamp counts as a transform, of which a commit may hold 500."""

TIMEOUT_SECONDS = 60.0

EPOCH = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

Documents = Iterable[tuple[str, dict[str, Any]]]
"""Path and fields of each."""


def write(documents: Documents) -> None:
    """Writes the documents in as few commits as there can be."""
    for chunk in _batched(documents):
        batch = store().batch()
        for path, fields in chunk:
            batch.set(store().document(path), fields)
        batch.commit(timeout=TIMEOUT_SECONDS)


def new_id(kind: str) -> str:
    """An id that nothing else has."""
    return f"{kind}{uuid.uuid4().hex[:16]}"


def wallet(tokens: int) -> dict[str, Any]:
    """A wallet of tokens that came back, which are in none of its lifetime totals."""
    return {
        "tokenBalance": tokens,
        "funds": {"bonus": 0, "purchased": tokens, "earned": 0},
        "totalTokensPurchased": 0,
        "totalTokensSpent": 0,
        "totalTokensEarned": 0,
        "totalTokensCredited": 0,
        "debt": 0,
        "createdAt": firestore.SERVER_TIMESTAMP,
    }


def line(user_id: str, amount: int, timestamp: datetime.datetime) -> dict[str, Any]:
    """A ledger line of tokens that came back."""
    return {
        "userId": user_id,
        "type": "reinstatement",
        "amount": amount,
        "funds": {"bonus": 0, "purchased": amount, "earned": 0},
        "timestamp": timestamp,
        "details": {},
        "economy": "phoenix@1",
        "fingerprint": "",
    }


def wallets(count: int, tokens: int) -> list[str]:
    """The ids of ``count`` new users who hold ``tokens`` each, by a grant that an audit finds in order."""
    ids = [new_id("u") for _ in range(count)]
    write((f"users/{user_id}", wallet(tokens) | {"totalTokensCredited": tokens}) for user_id in ids)
    write(
        (
            f"transactions/admin_{user_id}",
            line(user_id, tokens, EPOCH)
            | {"type": "admin_credit", "details": {"actionId": user_id, "actorId": "boss", "reason": "bench"}},
        )
        for user_id in ids
    )
    write((f"adminActions/{user_id}", _grant(user_id, tokens)) for user_id in ids)
    return ids


def _grant(user_id: str, tokens: int) -> dict[str, Any]:
    return {"actor": "boss", "about": user_id, "amount": tokens, "reason": "bench", "status": "done"}


def post(user_id: str, created_at: datetime.datetime) -> dict[str, Any]:
    """A post with one picture."""
    url = f"https://storage.googleapis.com/demo/published/{user_id}/0"
    picture = {"url": f"{url}.png", "thumbUrl": f"{url}-480.webp", "width": 768, "height": 768, "color": "#406080"}
    return {
        "userId": user_id,
        "author": {"displayName": "Ada", "photoUrl": None},
        "type": "image",
        "media": [picture],
        "mediaUrl": picture["url"],
        "caption": "A lighthouse in the fog",
        "likeCount": 0,
        "createdAt": created_at,
    }


def order(user_id: str) -> dict[str, Any]:
    """An open order of the popular package."""
    return {
        "userId": user_id,
        "package": "popular",
        "tokens": 110,
        "amount": 999,
        "currency": "usd",
        "economy": "phoenix@1",
        "status": "open",
        "url": "https://checkout.stripe.com/c/pay/local",
        "order": new_id("r"),
        "createdAt": firestore.SERVER_TIMESTAMP,
    }


def _batched(documents: Documents) -> Iterable[tuple[tuple[str, dict[str, Any]], ...]]:
    iterator = iter(documents)
    while chunk := tuple(itertools.islice(iterator, BATCH)):
        yield chunk
