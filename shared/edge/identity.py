"""Who calls: the Firebase ID token of a person, verified."""

import base64
import contextlib
import functools
import json
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared import clock
from shared.cloud.document_ids import is_document_id
from shared.config import settings
from shared.edge.certificates import KeptCertificates
from shared.errors import Forbidden, Unauthenticated, Unavailable

if TYPE_CHECKING:
    import firebase_admin

CLOCK_SKEW_SECONDS = 5
CERTIFICATES_TIMEOUT_SECONDS = 5

_APP = "guilder"
_one_app = threading.Lock()
_BEARER = re.compile(r"Bearer ([A-Za-z0-9_\-.=]{1,8192})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Person:
    """The claims we use of a verified ID token. ``email`` is empty unless it is verified."""

    user_id: str
    email_verified: bool
    email: str
    anonymous: bool
    name: str
    picture: str


@functools.cache
def _app() -> "firebase_admin.App":
    import firebase_admin
    from firebase_admin import auth

    with _one_app:  # the first requests may come at once, and firebase-admin makes no second app of a name
        try:
            return firebase_admin.get_app(_APP)
        except ValueError:  # there is none yet
            options = {"projectId": settings().project, "httpTimeout": CERTIFICATES_TIMEOUT_SECONDS}
            app = firebase_admin.initialize_app(options=options, name=_APP)
            # What checks tokens hands out its request in no other way.
            verifier = auth._get_client(app)._token_verifier
            verifier.request = KeptCertificates(verifier.request)
            return app


def person(authorization: str) -> Person:
    """The person whose ID token the ``Authorization`` header carries.

    Raises:
        Unauthenticated: no bearer token, or one that is forged, expired, or for another project.
        Forbidden: a uid that cannot be a document id.
        Unavailable: Google's certificates could not be fetched.
    """
    from firebase_admin import auth

    match = _BEARER.fullmatch(authorization.strip())
    if match is None:
        raise Unauthenticated("Send Authorization: Bearer <Firebase ID token>.")
    app = _app()
    try:
        claims = auth.verify_id_token(match[1], app=app, clock_skew_seconds=CLOCK_SKEW_SECONDS)
    except auth.CertificateFetchError as error:
        raise Unavailable("The sign-in service cannot be reached.") from error
    # The last two: before it checks the signature, the library looks into whatever was sent as if it had a shape.
    except (auth.InvalidIdTokenError, ValueError, TypeError, RecursionError) as error:
        raise Unauthenticated("The ID token is not valid; sign in again.") from error
    user_id = claims["uid"]
    if not is_document_id(user_id):
        raise Forbidden("This uid cannot have an account.")
    email_verified = claims.get("email_verified") is True
    return Person(
        user_id=user_id,
        email_verified=email_verified,
        email=_text(claims.get("email")) if email_verified else "",
        anonymous=claims.get("firebase", {}).get("sign_in_provider") == "anonymous",
        name=_text(claims.get("name")),
        picture=_text(claims.get("picture")),
    )


def fetch_certificates() -> None:
    """Has Google's certificates fetched and kept, so that no token has to wait for them.

    firebase-admin fetches them to check a signature, and in no other way; so it is given one that nobody made.

    Raises:
        firebase_admin.auth.CertificateFetchError: they could not be fetched.
    """
    from firebase_admin import auth

    now, project = int(clock.now().timestamp()), settings().project
    claims = {"iss": f"https://securetoken.google.com/{project}", "aud": project, "iat": now, "exp": now + 60}
    parts = ({"alg": "RS256", "kid": "nobody's"}, {**claims, "sub": "nobody"})
    unsigned = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    with contextlib.suppress(auth.InvalidIdTokenError):
        auth.verify_id_token(f"{unsigned}.bm9ib2R5", app=_app())


def _text(claim: object) -> str:
    return claim if isinstance(claim, str) else ""
