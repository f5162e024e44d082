"""Accounts: a wallet, a public face, and what each is given once: the welcome bonus, and the trial."""

import contextlib
import datetime
from collections.abc import Callable
from dataclasses import dataclass

from shared.cloud import documents
from shared.cloud.commits import SERVER_TIME, Batch
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.failures import Aborted
from shared.economy.chosen import economy
from shared.errors import Contention, NotFound
from shared.ledger import ids
from shared.ledger.entries import Entry
from shared.ledger.grant import signup_bonus
from shared.ledger.wallet import Wallet
from shared.money import crediting, history, ledger_lines, lifetimes, wallets
from shared.people import bonus_claims

OPEN_ATTEMPTS = 4
"""Each of the three documents can come into the way once, and none of them ever goes."""

UNNAMED = "New artist"


@dataclass(frozen=True, slots=True)
class Account:
    """What a user has here: the wallet, and whether it had the welcome bonus, of tokens."""

    wallet: Wallet
    has_bonus: bool
    created_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """The public face of a user."""

    user_id: str
    display_name: str
    photo_url: str | None
    bio: str
    post_count: int
    created_at: datetime.datetime


def open_account(user_id: str, email: str, name: str, photo_url: str | None) -> Account:
    """The account, created if need be; bonus and trial are granted once, to the first account of a mailbox.

    ``email`` is verified, or empty. Whoever proves no mailbox, signed in by phone say, gets neither.
    ``name``, which may be empty, and ``photo_url`` are what the rules would accept: the first public face, which the
    owner may change later, under the rules.

    Raises:
        Contention: others kept doing the same.
    """
    mailbox = bonus_claims.mailbox(email)
    claim = bonus_claims.reference(mailbox) if mailbox is not None else None
    for _ in range(OPEN_ATTEMPTS):
        wallet, line, claimed = _read(user_id, claim)
        bonus: Entry | None = None
        also: list[ledger_lines.ExtraWrite] = []
        if claim is not None and not claimed and not line.exists and _is_anything_given():
            bonus = _welcome(user_id)
            also.append(bonus_claims.writer(claim, user_id))
        if wallet.exists and bonus is None:
            return _account(wallet, line)
        # A commit that finds something there, this user's account or another's claim, is decided anew with it in view.
        with contextlib.suppress(crediting.AlreadyRecorded, Aborted):
            if not wallet.exists:
                crediting.open_wallet(user_id, bonus, _profile_of(user_id, name, photo_url), *also)
            elif bonus is not None:
                crediting.credit(bonus, *also)
    wallet, line, _ = _read(user_id, None)
    if not wallet.exists:
        raise Contention("This account is being opened; try again in a moment.")
    return _account(wallet, line)


def profile(user_id: str) -> Profile:
    """The public face of the user.

    Raises:
        NotFound: no such user.
    """
    document = documents.get(documents.reference("profiles", user_id))
    if not document.exists:
        raise NotFound("There is no such user.")
    face = document.fields
    return Profile(
        user_id=document.id,
        display_name=face["displayName"],
        photo_url=face["photoUrl"],
        bio=face["bio"],
        post_count=face["postCount"],
        created_at=face["createdAt"],
    )


def _is_anything_given() -> bool:
    return economy().signup_bonus > 0 or economy().trial is not None


def _welcome(user_id: str) -> Entry:
    """The line of what the economy gives to a new account: tokens, or images without tokens, or both."""
    trial = economy().trial
    images = trial.images if trial is not None else 0
    return signup_bonus(user_id, economy().signup_bonus, economy().label, lifetimes.of_bonus(), images)


def _read(user_id: str, claim: Reference | None) -> tuple[Snapshot, Snapshot, bool]:
    """The wallet, the line of its bonus, and whether the claim exists: one round trip."""
    wallet = wallets.reference(user_id)
    line = history.line(ids.signup(user_id))
    references = [wallet, line] if claim is None else [wallet, line, claim]
    found = {document.path: document for document in documents.get_all(references)}
    return found[wallet.path], found[line.path], claim is not None and found[claim.path].exists


def _profile_of(user_id: str, name: str, photo_url: str | None) -> Callable[[Batch], None]:
    def write(batch: Batch) -> None:
        batch.put(
            documents.reference("profiles", user_id),
            {
                "displayName": name or UNNAMED,
                "photoUrl": photo_url,
                "bio": "",
                "postCount": 0,
                "createdAt": SERVER_TIME,
            },
        )

    return write


def _account(document: Snapshot, line: Snapshot) -> Account:
    wallet = wallets.from_document(document)
    if wallet is None:
        raise RuntimeError(f"the account {document.id} vanished while it was opened")
    has_bonus = line.exists and line.fields["amount"] > 0
    return Account(wallet, has_bonus, document.fields["createdAt"])
