"""POST /open-account: the caller's account, created on the first call.

    { "displayName"?: "Ada" }
    ->  200 { id, tokenBalance, funds{bonus, purchased, earned}, totalTokensPurchased, totalTokensSpent,
              totalTokensEarned, signupBonusGranted, createdAt }

The sign-up bonus is granted once per account and once per mailbox, on the first call with a verified e-mail; an account
whose mailbox has had it opens without. ``displayName`` is the first name of a new account; without one it is what the
sign-in knows. Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 422 invalid-request, 503 wallet-inconsistent,
contention. A retry answers with the account as it is.
"""

import datetime
from typing import TypedDict

from shared.edge.access import SIGNED_IN, Caller
from shared.edge.answers import FundsAnswer
from shared.edge.endpoint import endpoint
from shared.edge.fields import DisplayName, cleaned_name, is_photo_url
from shared.edge.requests import Body
from shared.people import accounts


class Account(Body):
    display_name: DisplayName | None = None


class AccountAnswer(TypedDict):
    id: str
    tokenBalance: int
    funds: FundsAnswer
    totalTokensPurchased: int
    totalTokensSpent: int
    totalTokensEarned: int
    signupBonusGranted: bool
    createdAt: datetime.datetime


@endpoint(Account, SIGNED_IN)
def open_account(caller: Caller, body: Account) -> AccountAnswer:
    name = body.display_name or cleaned_name(caller.name)
    photo_url = caller.picture if is_photo_url(caller.picture) else None
    account = accounts.open_account(caller.user_id, caller.email, name, photo_url)
    wallet = account.wallet
    return {
        "id": wallet.user_id,
        "tokenBalance": wallet.balance,
        "funds": wallet.funds.to_fields(),
        "totalTokensPurchased": wallet.total_purchased,
        "totalTokensSpent": wallet.total_spent,
        "totalTokensEarned": wallet.total_earned,
        "signupBonusGranted": account.has_bonus,
        "createdAt": account.created_at,
    }
