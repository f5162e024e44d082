"""POST /open-account: the caller's account, created on the first call.

    { "displayName"?: "Ada" }
    ->  200 { id, tokenBalance, funds{bonus, purchased, earned}, totalTokensPurchased, totalTokensSpent,
              totalTokensEarned, signupBonusGranted, createdAt }

The sign-up bonus is granted once per account and once per mailbox, on the first call with a verified e-mail; an account
whose mailbox has had it opens without. ``displayName`` is the first name of a new account; without one it is what the
sign-in knows. Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 422 invalid-request, 503 wallet-inconsistent,
contention. A retry answers with the account as it is.
"""

from shared.edge.access import SIGNED_IN, Caller
from shared.edge.endpoint import endpoint
from shared.edge.fields import DisplayName, cleaned_name
from shared.edge.requests import Body
from shared.people import accounts


class Account(Body):
    display_name: DisplayName | None = None


@endpoint(Account, SIGNED_IN)
def open_account(caller: Caller, body: Account) -> accounts.AccountAnswer:
    name = body.display_name or cleaned_name(caller.name)
    return accounts.open_account(caller.user_id, caller.email, name, caller.picture)
