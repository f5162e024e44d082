"""Accounts: a wallet, a public face, and the welcome bonus that each gets once."""

import datetime
from collections.abc import Callable
from typing import TypedDict

from google.cloud import firestore
from google.cloud.firestore_v1.batch import WriteBatch

from shared import ledger, wallets
from shared.clients import STORE, Snapshot, store
from shared.economy import economy
from shared.errors import NotFound

DISPLAY_NAME_LENGTH = 50
PHOTO_URL_LENGTH = 2048


class FundsAnswer(TypedDict):
    bonus: int
    purchased: int
    earned: int


class AccountAnswer(TypedDict):
    id: str
    tokenBalance: int
    funds: FundsAnswer
    totalTokensPurchased: int
    totalTokensSpent: int
    totalTokensEarned: int
    signupBonusGranted: bool
    createdAt: datetime.datetime


class ProfileAnswer(TypedDict):
    id: str
    displayName: str
    photoUrl: str | None
    bio: str
    postCount: int
    createdAt: datetime.datetime


def open_account(user_id: str, email_verified: bool, name: str, picture: str) -> AccountAnswer:
    """The account, created if need be; the bonus is granted once, when the e-mail is verified.

    ``name`` and ``picture`` are the first public face; the owner may change it later.
    """
    wallet, line = _read(user_id)
    bonus = None
    if email_verified and not line.exists and economy().signup_bonus:
        bonus = ledger.signup_bonus(user_id, economy().signup_bonus, economy().label)
    try:
        if not wallet.exists:
            wallets.open_wallet(user_id, bonus, _profile_of(user_id, name, picture))
        elif bonus is not None:
            wallets.credit(bonus)
        else:
            return _answer(wallet, line)
    except wallets.AlreadyPosted:
        # A second call was faster, and what it did is what this one would have done - unless it came before the
        # e-mail was verified, and then the next call grants the bonus.
        pass
    return _answer(*_read(user_id))


def profile(user_id: str) -> ProfileAnswer:
    """The public face of the user.

    Raises:
        NotFound: no such user.
    """
    document = store().collection("profiles").document(user_id).get(**STORE)
    if not document.exists:
        raise NotFound("There is no such user.")
    fields = document.to_dict() or {}
    return {
        "id": document.id,
        "displayName": fields["displayName"],
        "photoUrl": fields["photoUrl"],
        "bio": fields["bio"],
        "postCount": fields["postCount"],
        "createdAt": fields["createdAt"],
    }


def funds_answer(funds: ledger.Funds) -> FundsAnswer:
    return {"bonus": funds.bonus, "purchased": funds.purchased, "earned": funds.earned}


def _read(user_id: str) -> tuple[Snapshot, Snapshot]:
    wallet = store().collection("users").document(user_id)
    line = store().collection("transactions").document(f"signup_{user_id}")
    found = {document.reference.path: document for document in store().get_all([wallet, line], **STORE)}
    return found[wallet.path], found[line.path]


def _profile_of(user_id: str, name: str, picture: str) -> Callable[[WriteBatch], None]:
    def write(batch: WriteBatch) -> None:
        batch.set(
            store().collection("profiles").document(user_id),
            {
                "displayName": name.strip()[:DISPLAY_NAME_LENGTH] or "New artist",
                "photoUrl": picture if picture.startswith("https://") and len(picture) <= PHOTO_URL_LENGTH else None,
                "bio": "",
                "postCount": 0,
                "createdAt": firestore.SERVER_TIMESTAMP,
            },
        )

    return write


def _answer(document: Snapshot, line: Snapshot) -> AccountAnswer:
    wallet = wallets.from_document(document)
    if wallet is None:
        raise RuntimeError(f"the account {document.id} vanished while it was opened")
    return {
        "id": wallet.user_id,
        "tokenBalance": wallet.balance,
        "funds": funds_answer(wallet.funds),
        "totalTokensPurchased": wallet.total_purchased,
        "totalTokensSpent": wallet.total_spent,
        "totalTokensEarned": wallet.total_earned,
        "signupBonusGranted": line.exists,
        "createdAt": document.get("createdAt"),
    }
