"""GET /get-wallet: what the caller holds, in tokens.

    ->  200 { tokenBalance, funds{bonus, purchased, earned}, totalTokensPurchased, totalTokensSpent, totalTokensEarned }

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


@endpoint(NoParameters, SIGNED_IN)
def get_wallet(caller: Caller) -> WalletAnswer:
    wallet = wallets.require(caller.user_id)
    return {
        "tokenBalance": wallet.balance,
        "funds": wallet.funds.to_fields(),
        "totalTokensPurchased": wallet.total_purchased,
        "totalTokensSpent": wallet.total_spent,
        "totalTokensEarned": wallet.total_earned,
    }
