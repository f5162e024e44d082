"""GET /get-wallet: what the caller holds, in tokens.

    ->  200 { tokenBalance, funds{bonus, purchased, earned}, totalTokensPurchased, totalTokensSpent, totalTokensEarned,
              debt, frozen: [reason], spendable,
              autoReload: { enabled, threshold, package, monthlyCap, paused, actionUrl, inFlight, card } | null }

``debt`` are tokens of reversed payments that the wallet did not hold any more. ``frozen`` has the reasons for which
nothing may leave the wallet, and is empty when it is open. ``spendable`` is what a payment may take now: the balance,
or 0 while the wallet is frozen or owes.
``autoReload`` is null where nobody ever agreed to it. ``paused`` is declined, authentication (``actionUrl`` leads to a
page to pay on) or disputed; ``inFlight`` is a reload under way; ``card`` has the brand and the last digits.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 no-such-account, 503 wallet-inconsistent.
"""

from typing import TypedDict

from shared.edge.access import SIGNED_IN, Caller
from shared.edge.answers import FundsAnswer
from shared.edge.endpoint import endpoint
from shared.edge.requests import NoParameters
from shared.ledger.auto_reload import AutoReload, Pause
from shared.money import wallets


class CardAnswer(TypedDict):
    brand: str
    last4: str


class AutoReloadAnswer(TypedDict):
    enabled: bool
    threshold: int
    package: str
    monthlyCap: int
    paused: Pause | None
    actionUrl: str | None
    inFlight: str | None
    card: CardAnswer | None


class WalletAnswer(TypedDict):
    tokenBalance: int
    funds: FundsAnswer
    totalTokensPurchased: int
    totalTokensSpent: int
    totalTokensEarned: int
    debt: int
    frozen: list[str]
    spendable: int
    autoReload: AutoReloadAnswer | None


@endpoint(NoParameters, SIGNED_IN)
def get_wallet(caller: Caller) -> WalletAnswer:
    wallet = wallets.require(caller.user_id)
    return {
        "tokenBalance": wallet.balance,
        "funds": wallet.funds.to_fields(),
        "totalTokensPurchased": wallet.total_purchased,
        "totalTokensSpent": wallet.total_spent,
        "totalTokensEarned": wallet.total_earned,
        "debt": wallet.debt,
        "frozen": sorted(wallet.frozen),
        "spendable": wallet.spendable,
        "autoReload": _auto_reload(wallet.auto_reload),
    }


def _auto_reload(state: AutoReload) -> AutoReloadAnswer | None:
    if state.terms is None:
        return None
    card = None if state.saved is None else state.saved.card
    return {
        "enabled": state.is_on,
        "threshold": state.terms.threshold,
        "package": state.terms.package,
        "monthlyCap": state.terms.monthly_cap,
        "paused": state.paused,
        "actionUrl": state.action_url,
        "inFlight": state.in_flight,
        "card": None if card is None else {"brand": card.brand, "last4": card.last4},
    }
