"""Which service calls: the OIDC token of Cloud Tasks or Cloud Scheduler, verified.

Only the token counts. The ``X-CloudTasks-*`` and ``X-CloudScheduler-*`` headers can be sent by anybody who can
reach the function, so nothing here looks at them.
"""

import functools
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from shared.config import settings
from shared.errors import Forbidden, Unauthenticated, Unavailable

if TYPE_CHECKING:
    from google.auth import transport

GOOGLE_CERTS_URL = "https://www.googleapis.com/oauth2/v1/certs"
GOOGLE_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
"""Google signs service tokens under both names: https://developers.google.com/identity/openid-connect/openid-connect"""

CERTS_TIMEOUT_SECONDS = 5.0
CLOCK_SKEW_SECONDS = 5

# A token of Google's has about 1 100 characters.
_BEARER = re.compile(r"Bearer ([A-Za-z0-9_\-.=]{1,8192})", re.IGNORECASE)


def require_service_caller(authorization_header: str | None, audience: str) -> str:
    """The e-mail address of the calling service account, which is the one that may call us.

    Args:
        authorization_header: as it came; None when the request had none.
        audience: the URL that the token must have been made for.

    Raises:
        Unauthenticated: no token, or one that is malformed, forged, expired, or from another issuer or for
            another audience.
        Forbidden: a genuine token of another account, or of one whose e-mail address is not verified.
        Unavailable: the issuer's certificates could not be fetched.
    """
    match = _BEARER.fullmatch((authorization_header or "").strip())
    if match is None:
        raise Unauthenticated("Send Authorization: Bearer <OIDC token of the calling service account>.")
    claims = _verified_claims(match[1], audience)
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise Forbidden("The token carries no verified e-mail address.")
    if not settings().invoker_email or email != settings().invoker_email:
        raise Forbidden("This service account may not call this function.")
    return email


def _verified_claims(token: str, audience: str) -> Mapping[str, object]:
    from google.auth import jwt
    from google.auth.exceptions import GoogleAuthError, TransportError
    from google.oauth2 import id_token

    # Never both: with the local issuer configured Google's tokens are refused, and the other way round.
    issuers = (settings().oidc_issuer,) if settings().oidc_issuer else GOOGLE_ISSUERS
    try:
        # Looked at before the signature is checked, so that a foreign token costs no fetch of certificates.
        unverified = jwt.decode(token, verify=False)  # type: ignore[no-untyped-call]  # google-auth has no types here
        if unverified.get("iss") not in issuers:
            raise Unauthenticated("The token is from another issuer.")
        return id_token.verify_token(
            token,
            _certs_fetcher(),
            audience=audience,
            certs_url=_certs_url(),
            clock_skew_in_seconds=CLOCK_SKEW_SECONDS,
        )
    # The last two are not about the token: the issuer answered something that is no JSON.
    except (TransportError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Unavailable("The issuer of service tokens cannot be reached.") from error
    # RecursionError: JSON nested a thousand deep inside the token.
    except (GoogleAuthError, ValueError, RecursionError) as error:
        raise Unauthenticated("The service token is not valid.") from error


def fetch_certificates() -> None:
    """Has the issuer's certificates fetched and kept, so that no token has to wait for them.

    Raises:
        google.auth.exceptions.TransportError: they could not be fetched.
    """
    _certs_fetcher()(_certs_url(), method="GET")


def _certs_url() -> str:
    return settings().oidc_certs_url or GOOGLE_CERTS_URL


@functools.cache
def _certs_fetcher() -> "transport.Request":
    """Fetches with a timeout, and keeps what it fetched for as long as the issuer's Cache-Control says."""
    import cachecontrol
    import requests
    from google.auth.transport.requests import Request

    request = Request(cachecontrol.CacheControl(requests.Session()))
    # verify_token passes no timeout, and google-auth's own is two minutes.
    return cast("transport.Request", functools.partial(request, timeout=CERTS_TIMEOUT_SECONDS))
