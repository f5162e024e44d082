"""GET /get-wallet: what the caller holds, in tokens.

    ->  200 { tokenBalance, funds{bonus, purchased, earned}, totalTokensPurchased, totalTokensSpent, totalTokensEarned,
              debt, frozen: [reason], spendable }

``debt`` are tokens of reversed payments that the wallet did not hold any more. ``frozen`` has the reasons for which
nothing may leave the wallet, and is empty when it is open. ``spendable`` is what a payment may take now: the balance,
or 0 while the wallet is frozen or owes.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 no-such-account, 503 wallet-inconsistent.
"""

from typing import TypedDict

from shared.edge.access import SIGNED_IN, Caller
from shared.edge.answers import FundsAnswer
from shared.edge.endpoint import endpoint
from shared.edge.requests import NoParameters
from shared.money import wallets


class WalletAnswer(TypedDict):
    tokenBalance: int
    funds: FundsAnswer
    totalTokensPurchased: int
    totalTokensSpent: int
    totalTokensEarned: int
    debt: int
    frozen: list[str]
    spendable: int


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
    }
