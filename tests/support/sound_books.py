"""Books that are in order, as documents by their path: a wallet with a line of every type, and what explains each.

A fault is planted by changing the documents before they are written.
"""

import datetime
from typing import Any

from shared.cloud.clients import STORE, store

Fields = dict[str, Any]
Books = dict[str, Fields]

YESTERDAY = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
PATRON = "patron"
"""Who tips everybody and is tipped by everybody."""

ZERO = {"bonus": 0, "purchased": 0, "earned": 0}
_TOTALS = {
    "purchase": {"totalTokensPurchased": 1, "totalTokensCredited": 1},
    "generation_spend": {"totalTokensSpent": -1},
    "refund": {"totalTokensSpent": -1},
    "tip_received": {"totalTokensEarned": 1, "totalTokensCredited": 1},
    "signup_bonus": {"totalTokensCredited": 1},
    "admin_credit": {"totalTokensCredited": 1},
}


def line(user_id: str, kind: str, details: Fields | None = None, debt: int = 0, /, **funds: int) -> Fields:
    """A line as the product writes it."""
    fields: Fields = {
        "userId": user_id,
        "type": kind,
        "amount": sum(funds.values()),
        "funds": ZERO | funds,
        "timestamp": YESTERDAY,
        "details": details or {},
        "economy": "phoenix@1",
        "fingerprint": "",
    }
    return fields | ({"debt": debt} if debt else {})


def lines_of(user_id: str) -> Books:
    """Everything of one user but the wallet; ``patron`` has the other halves of the tips."""
    generation, session, action = f"g{user_id}", f"cs_{user_id}", f"a{user_id}"
    made = {"generationId": generation, "feature": "image"}
    sent = {"senderId": user_id, "recipientId": PATRON}
    received = {"senderId": PATRON, "recipientId": user_id, "postId": "p1"}
    bought = {"package": "starter", "amount": 499, "currency": "usd"}
    back = {"orderId": session, "paid": 499, "currency": "usd"}
    return {
        f"transactions/signup_{user_id}": line(user_id, "signup_bonus", bonus=10),
        f"transactions/purchase_{session}": line(
            user_id, "purchase", {"stripeSessionId": session, "paymentIntentId": "pi_1", **bought}, purchased=50
        ),
        f"transactions/generation_{generation}_spend": line(
            user_id, "generation_spend", {**made, "areas": 3}, bonus=-10, purchased=-5
        ),
        f"transactions/generation_{generation}_refund": line(
            user_id, "refund", {**made, "areas": 2}, purchased=5, bonus=5
        ),
        f"transactions/tip_k1_{user_id}_sent": line(user_id, "tip_sent", sent, bonus=-5, purchased=-1),
        f"transactions/tip_k1_{user_id}_received": line(PATRON, "tip_received", sent, bonus=5, earned=1),
        f"transactions/tip_k{user_id}_{PATRON}_sent": line(PATRON, "tip_sent", received, bonus=-7),
        f"transactions/tip_k{user_id}_{PATRON}_received": line(user_id, "tip_received", received, bonus=7),
        f"transactions/clawback_{session}_1": line(
            user_id, "clawback", {**back, "reversed": 250, "due": 25, "owed": 5, "step": 1}, 5, purchased=-20
        ),
        f"transactions/reinstatement_{session}_2": line(
            user_id, "reinstatement", {**back, "reversed": 150, "due": 15, "owed": 0, "step": 2}, -5, purchased=5
        ),
        f"transactions/admin_{action}": line(
            user_id, "admin_credit", {"actionId": action, "actorId": "boss", "reason": "goodwill"}, bonus=3
        ),
        f"orders/{session}": {
            "userId": user_id,
            "status": "paid",
            "tokens": 50,
            **bought,
            "paidAt": YESTERDAY,
            "steps": 2,
            "due": 15,
            "owed": 0,
            "taken": {"bonus": 0, "purchased": 15, "earned": 0},
        },
        f"generations/{generation}": {
            "userId": user_id,
            "feature": "image",
            "status": "partial",
            "cost": 15,
            "refunded": 10,
            "areas": [{"label": None}] * 3,
        },
        f"adminActions/{action}": {
            "actor": "boss",
            "function": "grant_tokens",
            "about": user_id,
            "amount": 3,
            "reason": "goodwill",
            "status": "done",
        },
    }


def patron() -> Books:
    """Where the patron's tokens are from."""
    return {f"transactions/signup_{PATRON}": line(PATRON, "signup_bonus", bonus=1_000)}


def wallet(books: Books, user_id: str) -> Fields:
    """The user's wallet, as the lines in the books say."""
    fields: Fields = {
        "tokenBalance": 0,
        "funds": dict(ZERO),
        "totalTokensPurchased": 0,
        "totalTokensSpent": 0,
        "totalTokensEarned": 0,
        "totalTokensCredited": 0,
        "debt": 0,
        "movedOn": int(f"{YESTERDAY:%Y%m%d}"),
    }
    for path, each in books.items():
        if not path.startswith("transactions/") or each.get("userId") != user_id:
            continue
        amount = each["amount"] if type(each["amount"]) in (int, float) else 0
        fields["tokenBalance"] += amount
        fields["debt"] += each.get("debt", 0)
        for fund in ZERO:
            fields["funds"][fund] += each["funds"][fund]
        for total, sign in _TOTALS.get(each["type"], {}).items():
            fields[total] += sign * amount
    return fields


def write(books: Books) -> None:
    """Writes the documents into the database."""
    paths = list(books)
    for start in range(0, len(paths), 400):
        batch = store().batch()
        for path in paths[start : start + 400]:
            batch.set(store().document(path), books[path])
        batch.commit(**STORE)
