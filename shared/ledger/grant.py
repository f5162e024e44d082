"""Grants: tokens that are given away, and those that an administrator takes again."""

from dataclasses import dataclass

from shared.errors import InvalidRequest
from shared.ledger import ids
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.ledger.lots import NO_LOTS, Holding, Lots, draw
from shared.ledger.wallet import WALLET_CAP, Wallet


def signup_bonus(user_id: str, tokens: int, economy: str, until: int | None = None, trial: int = 0) -> Entry:
    """The welcome of one account, once for ever: the id is the user's. It lands in a frozen wallet too.

    The tokens, which may be none, end at the first moment of the day ``until``; None is never. ``trial`` are images
    that the account makes without tokens.
    """
    given = _given(tokens, until)
    return Entry(
        ids.signup(user_id),
        user_id,
        "signup_bonus",
        given.funds,
        {"trial": trial} if trial else {},
        economy,
        fingerprint="",
        lots=given.lots,
        increments={"trial.remaining": trial, "trial.used": 0} if trial else {},
    )


@dataclass(frozen=True, slots=True)
class AdminGrant:
    """``amount`` tokens that an administrator gives, or takes where it is below zero; ``reason`` is a code.

    What is given ends at the first moment of the day ``until``; None is never.
    """

    action_id: str
    user_id: str
    amount: int
    actor_id: str
    reason: str
    economy: str
    fingerprint: str
    until: int | None = None

    def entry(self, wallet: Wallet) -> Entry:
        """What it does to the wallet, frozen or not. What is taken is drawn like a payment.

        Raises:
            InsufficientTokens: the wallet does not hold what is to be taken.
            InvalidRequest: the wallet cannot hold what is to be given.
            WalletInconsistent: nobody knows what there is to take.
        """
        if wallet.balance + self.amount > WALLET_CAP:
            raise InvalidRequest.field("amount", "the wallet cannot hold so many tokens")
        if self.amount < 0:
            wallet.require_sound()
        moved = _given(self.amount, self.until) if self.amount > 0 else -draw(wallet.available, -self.amount)
        details = {"actionId": self.action_id, "actorId": self.actor_id, "reason": self.reason}
        line_id = ids.admin(self.action_id)
        return Entry(
            line_id,
            self.user_id,
            "admin_credit",
            moved.funds,
            details,
            self.economy,
            self.fingerprint,
            lots=moved.lots,
        )


def _given(tokens: int, until: int | None) -> Holding:
    return Holding(Funds(bonus=tokens), Lots(bonus={until: tokens}) if until is not None and tokens else NO_LOTS)
