"""The baseline: the design of the documents that Guilder was asked for with, written as their authors would have.

Balances move in Firestore transactions that read, check and ``Increment``; the ledger line is written afterwards;
a payment is recognised by a query for its session; a like increments its post in the same request. It uses the same
client, project and indexes as ours, and does no work beyond what those documents describe.
"""

from collections.abc import Mapping
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.cloud.clients import store

Fields = dict[str, Any]


class InsufficientTokensError(Exception):
    """The balance is below what is asked for."""


# -- services/token_service.py ---------------------------------------------------------------------------------------


def get_balance(user_id: str) -> int:
    return int((_user(user_id).get().to_dict() or {}).get("tokenBalance", 0))


def check_sufficient_balance(user_id: str, amount: int) -> bool:
    return get_balance(user_id) >= amount


def add_tokens(user_id: str, amount: int) -> None:
    @firestore.transactional
    def add(transaction: firestore.Transaction) -> None:
        if not _user(user_id).get(transaction=transaction).exists:
            raise LookupError(user_id)
        transaction.update(_user(user_id), {"tokenBalance": firestore.Increment(amount)})

    add(store().transaction())


def deduct_tokens(user_id: str, amount: int) -> None:
    @firestore.transactional
    def deduct(transaction: firestore.Transaction) -> None:
        user = _user(user_id).get(transaction=transaction)
        if user.get("tokenBalance") < amount:
            raise InsufficientTokensError(user_id)
        transaction.update(_user(user_id), {"tokenBalance": firestore.Increment(-amount)})

    deduct(store().transaction())


def transfer_tokens(sender_id: str, recipient_id: str, amount: int) -> None:
    @firestore.transactional
    def transfer(transaction: firestore.Transaction) -> None:
        sender = _user(sender_id).get(transaction=transaction)
        recipient = _user(recipient_id).get(transaction=transaction)
        if not recipient.exists:
            raise LookupError(recipient_id)
        if sender.get("tokenBalance") < amount:
            raise InsufficientTokensError(sender_id)
        transaction.update(_user(sender_id), {"tokenBalance": firestore.Increment(-amount)})
        earned = {
            "tokenBalance": firestore.Increment(amount),
            "totalTokensEarned": firestore.Increment(amount),
        }
        transaction.update(_user(recipient_id), earned)

    transfer(store().transaction())


# -- services/transaction_service.py ---------------------------------------------------------------------------------


def record_transaction(user_id: str, kind: str, amount: int, details: Mapping[str, object]) -> None:
    store().collection("transactions").document().set(
        {
            "userId": user_id,
            "type": kind,
            "amount": amount,
            "timestamp": firestore.SERVER_TIMESTAMP,
            "details": dict(details),
        }
    )


def get_by_stripe_session(session_id: str) -> Fields | None:
    query = store().collection("transactions").where(filter=FieldFilter("details.stripeSessionId", "==", session_id))
    for document in query.limit(1).stream():
        return document.to_dict()
    return None


def get_user_transactions(user_id: str, page: int, limit: int = 20) -> list[Fields]:
    query = store().collection("transactions").where(filter=FieldFilter("userId", "==", user_id))
    query = query.order_by("timestamp", direction=firestore.Query.DESCENDING)
    return [document.to_dict() or {} for document in query.offset(page * limit).limit(limit).stream()]


def audit() -> dict[str, int]:
    """How far each balance is from the sum of its ledger, streaming both."""
    drift = {user.id: int(user.get("tokenBalance")) for user in store().collection("users").stream()}
    for line in store().collection("transactions").stream():
        drift[line.get("userId")] = drift.get(line.get("userId"), 0) - line.get("amount")
    return {user_id: tokens for user_id, tokens in drift.items() if tokens}


# -- the flows -------------------------------------------------------------------------------------------------------


def credit_tokens_from_purchase(user_id: str, tokens: int, session_id: str, package: str) -> bool:
    """Whether this delivery of the session credited it."""
    if get_by_stripe_session(session_id):
        return False
    add_tokens(user_id, tokens)
    record_transaction(user_id, "purchase", tokens, {"stripeSessionId": session_id, "package": package})
    return True


def spend(user_id: str, amount: int, prompt: str) -> None:
    """Check, charge, record, and create the post of the generation."""
    if not check_sufficient_balance(user_id, amount):
        raise InsufficientTokensError(user_id)
    deduct_tokens(user_id, amount)
    post = store().collection("posts").document()
    record_transaction(user_id, "generation_spend", -amount, {"postId": post.id, "prompt": prompt})
    post.set(
        {
            "userId": user_id,
            "type": "image",
            "mediaUrl": f"https://pub.example/{post.id}.png",
            "caption": "",
            "prompt": prompt,
            "likeCount": 0,
            "createdAt": firestore.SERVER_TIMESTAMP,
        }
    )


def tip(sender_id: str, recipient_id: str, amount: int) -> None:
    if not check_sufficient_balance(sender_id, amount):
        raise InsufficientTokensError(sender_id)
    transfer_tokens(sender_id, recipient_id, amount)
    record_transaction(sender_id, "tip_sent", -amount, {"recipientId": recipient_id})
    record_transaction(recipient_id, "tip_received", amount, {"senderId": sender_id})


# -- services/like_service.py and post_service.py --------------------------------------------------------------------


def like_post(user_id: str, post_id: str) -> None:
    like = store().collection("likes").document(f"{user_id}_{post_id}")

    @firestore.transactional
    def add(transaction: firestore.Transaction) -> None:
        if like.get(transaction=transaction).exists:
            return
        transaction.set(like, {"userId": user_id, "postId": post_id, "createdAt": firestore.SERVER_TIMESTAMP})
        transaction.update(store().collection("posts").document(post_id), {"likeCount": firestore.Increment(1)})

    add(store().transaction())


def get_feed(user_id: str, limit: int, page: int = 0) -> list[Fields]:
    """Posts, newest first, each with whether the user likes it."""
    query = store().collection("posts").order_by("createdAt", direction=firestore.Query.DESCENDING)
    posts = list(query.offset(page * limit).limit(limit).stream())
    return [{**(post.to_dict() or {}), "liked": _is_liked(user_id, post.id)} for post in posts]


def _is_liked(user_id: str, post_id: str) -> bool:
    return bool(store().collection("likes").document(f"{user_id}_{post_id}").get().exists)


def _user(user_id: str) -> firestore.DocumentReference:
    return store().collection("users").document(user_id)
