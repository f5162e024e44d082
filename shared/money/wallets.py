"""Accounts: reading a wallet, and changing what of an account is not money.

What moves tokens is beside this: ``payments`` take them out, ``crediting`` brings them in, and ``reversals`` takes back
what was credited for money that went back. Each writes a wallet and its lines in one commit; nobody else writes them.

A wallet that does not add up pays nothing: how much there is to spend is what nobody knows.
"""

import datetime
import random
from collections.abc import Callable, Mapping
from typing import TypeVar

from shared import clock, log
from shared.cloud import documents
from shared.cloud.commits import DELETED_FIELD, SERVER_TIME, Batch
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.failures import CHANGED, InvalidArgument, NotFound
from shared.cloud.transaction import Transaction, under_lock
from shared.errors import Contention, NoSuchAccount, WalletInconsistent
from shared.ledger import days
from shared.ledger.decision import Fields
from shared.ledger.entries import TOTALS
from shared.ledger.funds import Funds
from shared.ledger.lots import PREFIX, Holding, Lots
from shared.ledger.wallet import Wallet, opened
from shared.money import entitlement_fields, reload_fields

OPTIMISTIC_ATTEMPTS = 16
"""About a second of them at worst: the lock behind them makes everybody else wait, not only who lost."""

BACKOFF_SECONDS = 0.02
BACKOFF_CEILING_SECONDS = 0.04
"""About one commit: there is one contender an instance, and who waits longer after each loss loses all the more."""

MONEY = frozenset(
    {"tokenBalance", "funds", "lots", *TOTALS, "debt", "marks", "movedOn", "trial", "usage", "signupBonusGrantedAt"}
)
"""The fields of an account that move with lines of the ledger alone."""

T = TypeVar("T")


def reference(user_id: str) -> Reference:
    """Where the user's account is, or would be. Only this room writes there."""
    return documents.reference("users", user_id)


def get(user_id: str) -> Wallet | None:
    """The wallet of the user, or None before an account was opened.

    Raises:
        WalletInconsistent: see ``from_document``.
    """
    return from_document(documents.get(reference(user_id)))


def require(user_id: str) -> Wallet:
    """The wallet of the user.

    Raises:
        NoSuchAccount: no account was opened.
        WalletInconsistent: see ``from_document``.
    """
    return opened(get(user_id))


def require_account(user_id: str) -> None:
    """Returns if the user has a wallet, sound or not.

    Raises:
        NoSuchAccount: no account was opened.
    """
    account = documents.get(reference(user_id))
    opened(account if account.exists else None)


def from_document(document: Snapshot) -> Wallet | None:
    """The wallet that a ``users/{uid}`` document holds; what does not add up is its ``drift``, or a fund below zero.

    Raises:
        WalletInconsistent: an amount is no whole number, or missing.
    """
    try:
        return parsed(document) if document.exists else None
    except WalletInconsistent:
        raise inconsistent(document.id) from None


def parsed(document: Snapshot) -> Wallet:
    """The same of a document that is there, for who tells of what is wrong in another way."""
    fields = document.fields
    try:
        if fields["funds"].keys() != set(Funds.names):
            raise WalletInconsistent("The funds are others than there are.")
        funds = Funds(**{fund: _whole(tokens) for fund, tokens in fields["funds"].items()})
        return Wallet(
            user_id=document.id,
            funds=funds,
            total_purchased=_whole(fields["totalTokensPurchased"]),
            total_spent=_whole(fields["totalTokensSpent"]),
            total_earned=_whole(fields["totalTokensEarned"]),
            total_credited=_whole(fields.get("totalTokensCredited", 0)),
            debt=_whole(fields.get("debt", 0)),
            frozen=frozenset(reasons(fields.get("frozen"))),
            drift=_whole(fields["tokenBalance"]) - funds.total,
            lots=lots(fields.get("lots", {})),
            today=clock.day_at(document.read_time),
            auto_reload=reload_fields.parsed(fields.get(reload_fields.FIELD)),
            welcomed_at=_moment(fields.get("signupBonusGrantedAt")),
            entitlements=entitlement_fields.read(fields, clock.at(document.read_time)),
        )
    except (AttributeError, KeyError) as error:
        raise WalletInconsistent("A field is missing.") from error


def lots(fields: object) -> Lots:
    """The lots that a wallet, a line or an order holds as ``fields``.

    Raises:
        WalletInconsistent: they are no lots.
    """
    if not isinstance(fields, Mapping):
        raise WalletInconsistent("The lots are no map.")
    try:
        return Lots(
            **{fund: {_day(name): _whole(tokens) for name, tokens in of.items()} for fund, of in fields.items()}
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise WalletInconsistent("The lots are no lots.") from error


def _day(name: str) -> int:
    """The day of a lot's field."""
    day = int(name.removeprefix(PREFIX))
    days.midnight(day)
    if name != f"{PREFIX}{day}":
        raise ValueError(name)
    return day


def held(before: Wallet, after: Holding) -> dict[str, object]:
    """The fields of a wallet that are written when it holds something else than before."""
    fields: dict[str, object] = {"tokenBalance": after.total, "funds": after.funds.to_fields()}
    if before.lots or after.lots:
        fields |= {"lots": after.lots.to_fields(), **next_expiry(after.lots, is_frozen=bool(before.frozen))}
    return fields


def next_expiry(lots: Lots, *, is_frozen: bool) -> dict[str, object]:
    """The field by which a wallet is found when some of it is over. Nothing of a frozen one expires."""
    day = None if is_frozen else lots.next_expiry
    return {"nextExpiry": DELETED_FIELD if day is None else day}


def reasons(frozen: object) -> dict[str, object]:
    """Since when each reason freezes the wallet. An older wallet has a text: its one reason, of an unknown time."""
    match frozen:
        case None:
            return {}
        case str():
            return {frozen: SERVER_TIME}
        case dict():
            return frozen
        case _:
            raise WalletInconsistent("The reasons of a freeze are not a map.")


def _whole(tokens: object) -> int:
    """The tokens; a truth value, a fraction and a text are none, however much they look like it."""
    if type(tokens) is not int:
        raise WalletInconsistent("An amount is no whole number.")
    return tokens


def _moment(value: object) -> datetime.datetime | None:
    if value is not None and not isinstance(value, datetime.datetime):
        raise WalletInconsistent("A time is none.")
    return value


def inconsistent(user_id: str) -> WalletInconsistent:
    log.alert("wallet-inconsistent", userId=log.hashed(user_id))
    return WalletInconsistent("This wallet does not add up; contact support.")


def correct_totals(account: Snapshot, totals: Mapping[str, int]) -> None:
    """Sets lifetime totals, which are a view of the lines, to what the lines say as of when the account was read.

    Raises:
        Aborted, FailedPrecondition, NotFound: the account has changed since, or is gone; nothing was written.
    """
    if not set(totals) <= set(TOTALS):
        raise RuntimeError("only lifetime totals are corrected like this")
    documents.update(reference(account.id), totals, unchanged_since=account.update_time)


def update(user_id: str, change: Callable[[Fields], tuple[Fields, T]], *extra: Callable[[Batch], None]) -> T:
    """Changes fields of the account that are not money, and returns what ``change`` answers.

    ``change`` is given the account's fields. It returns the fields to write, which may be none, and its answer. It is
    asked again whenever the account changed meanwhile, as it does with every tip that comes in. ``extra`` are documents
    of the same event, written in the same commit, if there is one.

    Raises:
        Contention: every attempt lost to another writer of the account; nothing was written.
        NoSuchAccount: there is no such account.
        AlreadyExists: a document of the event does already; nothing was written.
    """

    def add(batch: Batch, account: Snapshot) -> T:
        fields, answer = change(account.fields)
        if fields:
            batch.update(account.reference, beside_money(fields), unchanged_since=account.update_time)
            for write in extra:
                write(batch)
        return answer

    return write(user_id, add)


def write(user_id: str, add: Callable[[Batch, Snapshot], T]) -> T:
    """Commits what ``add`` adds to the batch once it has seen the account, and returns its answer.

    What it writes of the account holds only if that is unchanged. It is asked again whenever the account changed, and
    may add nothing.

    Raises:
        Contention, NoSuchAccount, AlreadyExists: as ``update``.
    """
    for attempt in range(OPTIMISTIC_ATTEMPTS):
        batch = Batch()
        answer = add(batch, _existing(documents.get(reference(user_id))))
        if not len(batch):
            return answer
        try:
            batch.commit()
        except (*CHANGED, NotFound):
            back_off(attempt)
        else:
            return answer
    return _written_under_lock(user_id, add)


def _written_under_lock(user_id: str, add: Callable[[Batch, Snapshot], T]) -> T:
    def attempt(transaction: Transaction) -> T:
        account = documents.get(reference(user_id), transaction=transaction)
        return add(Batch(transaction), _existing(account))

    try:
        answer, _ = under_lock(attempt)
    except (*CHANGED, InvalidArgument, NotFound) as error:  # as in ``payments``
        raise Contention("This wallet is busy; try again in a moment.") from error
    return answer


def _existing(account: Snapshot) -> Snapshot:
    if not account.exists:
        raise NoSuchAccount("There is no such account.")
    return account


def beside_money(fields: Fields) -> dict[str, object]:
    """The fields, none of which is money: that moves with lines of the ledger alone."""
    if moved := sorted(name for name in fields if name.split(".")[0] in MONEY):
        raise RuntimeError(f"only a line of the ledger moves {moved}")
    return dict(fields)


def back_off(attempt: int) -> None:
    ceiling = min(BACKOFF_SECONDS * 2**attempt, BACKOFF_CEILING_SECONDS)
    clock.sleep(random.uniform(0, ceiling))  # noqa: S311 - jitter, not a secret
