"""POST /open-account: the caller's account, created on the first call.

    {}  ->  200 { id, tokenBalance, funds{bonus, purchased, earned}, totalTokensPurchased, totalTokensSpent,
                  totalTokensEarned, signupBonusGranted, createdAt }

The sign-up bonus is granted once per account and once per mailbox, on the first call with a verified e-mail; an account
whose mailbox has had it opens without.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 503 wallet-inconsistent, contention.
A retry answers with the account as it is.
"""

from shared import accounts
from shared.http import Caller, Empty, endpoint


@endpoint(Empty)
def open_account(caller: Caller, _body: Empty) -> accounts.AccountAnswer:
    return accounts.open_account(caller.user_id, caller.email, caller.name, caller.picture)
