"""POST /set-auto-reload: has a wallet that runs low buy a package by itself, or not any more.

    { "enabled": true, "threshold"?: 20, "package"?: "starter", "monthlyCap"?: 5000 }
    ->  200 { "enabled", "threshold", "package", "monthlyCap", "paused", "inFlight", "setupUrl" }

The package is bought with a saved card when a payment leaves fewer than ``threshold`` tokens, while a month (UTC) costs
no more than ``monthlyCap``, in minor units of the package's currency. What is not mentioned stays as it was.
``setupUrl`` leads to a page on which a card is to be saved first: then the answer shows what will be once that is done.
Turning it on lifts whatever ``paused`` it: the card was ``declined`` several times, its bank wanted
``authentication``, or a reload was ``disputed``. Turning it off needs nothing else, whatever the state of the wallet;
``inFlight`` is a reload that was claimed before, whose tokens still come.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, email-not-verified (to turn it on), wallet-frozen, forbidden
(there is no auto-reload here), 404 no-such-account, 422 invalid-request, 503 contention, unavailable,
wallet-inconsistent. Asking again changes nothing.
"""

from typing import Annotated, TypedDict

from pydantic import Field

from shared.billing import reload_settings
from shared.billing.reload_settings import TurnedOn, Wanted
from shared.edge.access import SIGNED_IN, Caller
from shared.edge.endpoint import endpoint
from shared.edge.requests import Body
from shared.errors import EmailNotVerified
from shared.ledger.auto_reload import Pause


class AutoReload(Body):
    enabled: bool
    threshold: Annotated[int, Field(ge=1)] | None = None  # whole tokens
    package: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    monthly_cap: Annotated[int, Field(ge=1)] | None = None  # minor units


class SettingsAnswer(TypedDict):
    enabled: bool
    threshold: int | None
    package: str | None
    monthlyCap: int | None
    paused: Pause | None
    inFlight: str | None
    setupUrl: str | None


@endpoint(AutoReload, SIGNED_IN)
def set_auto_reload(caller: Caller, body: AutoReload) -> SettingsAnswer:
    if not body.enabled:
        return _answer(TurnedOn(reload_settings.turn_off(caller.user_id)))
    if not caller.email_verified:
        raise EmailNotVerified("Verify your e-mail address, then try again.")
    wanted = Wanted(body.threshold, body.package, body.monthly_cap)
    return _answer(reload_settings.turn_on(caller.user_id, caller.email, wanted))


def _answer(now: TurnedOn) -> SettingsAnswer:
    state, terms = now.state, now.state.terms
    return {
        "enabled": state.is_on,
        "threshold": None if terms is None else terms.threshold,
        "package": None if terms is None else terms.package,
        "monthlyCap": None if terms is None else terms.monthly_cap,
        "paused": state.paused,
        "inFlight": state.in_flight,
        "setupUrl": now.setup_url,
    }
