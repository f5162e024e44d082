"""POST /internal/expire-tokens: books the tokens that are over, called by Cloud Scheduler with an OIDC token.

    {}  ->  200 { wallets, tokens, complete }

Tokens end at the first moment of a day (UTC), and cannot be spent from then on. Each of the ``wallets`` gets a ledger
line a fund and day, whose id says both, so that running twice books once. It is not ``complete`` when its time was up
or a wallet was in the way; the next call goes on. Refusals: 401 unauthenticated, 403 forbidden.
"""

from shared.edge.access import SERVICE
from shared.edge.endpoint import endpoint
from shared.edge.requests import Empty
from shared.money import expiry


@endpoint(Empty, SERVICE)
def expire_tokens() -> dict[str, int | bool]:
    return expiry.book()
