"""GET /get-wallet: what the caller holds, in tokens, and what they may use beside them.

    ->  200 { tokenBalance, funds{bonus, purchased, earned}, totalTokensPurchased, totalTokensSpent, totalTokensEarned,
              totalTokensCredited, debt, frozen: [reason], spendable, expiring: [{ tokens, fund, expiresAt }],
              subscription: { id, plan, tier, status, until, actionUrl, usable, unlimitedPerDay, usedToday,
                              features } | null,
              passes: [{ plan, property, until, unlimitedPerDay, usedToday, features }],
              today: { images, imagesPerDay, resetsAt }, hasAccess, trial: { remaining, used } | null,
              signupBonusGrantedAt, autoReload: { enabled, threshold, package, monthlyCap, spentThisMonth, failures,
                                                  lastAt, paused, actionUrl, inFlight, card } | null }

``debt`` are tokens of reversed payments that the wallet did not hold any more. ``frozen`` has the reasons for which
nothing may leave the wallet, and is empty when it is open. ``spendable`` is what a payment may take now: the balance
without what is over, or 0 while the wallet is frozen or owes. ``expiring`` are the tokens that end, soonest first.

``subscription`` is active, past_due (see its ``actionUrl``), cancelled or inactive; ``until`` is when what was paid
ends, and ``usable`` whether the plan can be used now. ``passes`` are those that have not ended, in the order in which
they are used; ``property`` is null where a pass is for everything. ``unlimitedPerDay`` are the pictures of ``features``
that plan or pass makes in a day (UTC) without tokens, null where it makes none; ``usedToday`` are those of them that it
made. ``today`` counts the pictures of the day by whatever means; ``imagesPerDay`` is null where nothing bounds them.

``hasAccess`` says whether a purchase, a pass or a plan grants the access that some economies require. ``trial`` counts
images, and is null where there was none; ``signupBonusGrantedAt`` is null where nothing was given for signing up.

``autoReload`` is null where nobody ever agreed to it. ``spentThisMonth`` (UTC) counts towards ``monthlyCap``, in minor
units; ``failures`` are the charges that were declined since the last good one, and ``lastAt`` is when the last reload
began. ``paused`` is declined, authentication or disputed, until it is turned on again. With authentication
``actionUrl`` leads to a page to pay on, which ends the pause as well; it is null once that page has expired.
``inFlight`` is a reload under way; ``card`` has the brand and the last digits.
``totalTokensCredited`` is all that ever came in; what came back after a failed picture or a won dispute is not in it.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 no-such-account, 503 wallet-inconsistent.
"""

from typing import TypedDict

from shared.edge.access import SIGNED_IN, Caller
from shared.edge.answers import FundsAnswer
from shared.edge.endpoint import endpoint
from shared.edge.requests import NoParameters
from shared.money import wallets
from shared.money.wallet_answers import BesideNumbers, beside_numbers


class SoundNumbers(TypedDict):
    tokenBalance: int
    funds: FundsAnswer
    totalTokensPurchased: int
    totalTokensSpent: int
    totalTokensEarned: int
    totalTokensCredited: int
    debt: int


class WalletAnswer(SoundNumbers, BesideNumbers):
    """All of it."""


@endpoint(NoParameters, SIGNED_IN)
def get_wallet(caller: Caller) -> WalletAnswer:
    wallet = wallets.require(caller.user_id)
    return {
        "tokenBalance": wallet.balance,
        "funds": wallet.funds.to_fields(),
        "totalTokensPurchased": wallet.total_purchased,
        "totalTokensSpent": wallet.total_spent,
        "totalTokensEarned": wallet.total_earned,
        "totalTokensCredited": wallet.total_credited,
        "debt": wallet.debt,
        **beside_numbers(wallet),
    }
