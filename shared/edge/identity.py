"""Who calls: the Firebase ID token of a person, verified; and whom Firebase Auth knows by a uid or an e-mail."""

import base64
import contextlib
import functools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared import clock
from shared.cloud.document_ids import is_document_id
from shared.config import settings
from shared.edge.certificates import KeptCertificates
from shared.errors import Forbidden, Unauthenticated, Unavailable

if TYPE_CHECKING:
    import firebase_admin

CLOCK_SKEW_SECONDS = 5
TIMEOUT_SECONDS = 5
"""Of a call of Firebase Auth, and of one for Google's certificates."""

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
    has_admin_claim: bool = False


@dataclass(frozen=True, slots=True)
class SignIn:
    """A user of Firebase Auth, with whatever e-mail address stands there, or none."""

    user_id: str
    email: str | None


@functools.cache
def _app() -> "firebase_admin.App":
    import firebase_admin
    from firebase_admin import auth

    with _one_app:  # the first requests may come at once, and firebase-admin makes no second app of a name
        try:
            return firebase_admin.get_app(_APP)
        except ValueError:  # there is none yet
            options = {"projectId": settings().project, "httpTimeout": TIMEOUT_SECONDS}
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
    claims = _verified(authorization, check_revoked=False)
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
        has_admin_claim=claims.get("admin") is True,
    )


def require_unrevoked(authorization: str) -> None:
    """Returns if the token still counts: it was not revoked, and its user was neither disabled nor deleted.

    Firebase Auth is asked, so this is for the few calls where an hour, as long as a token lives, is too long.

    Raises:
        Unauthenticated: the token does not count any more, or ``person`` would refuse it.
        Unavailable: Firebase Auth could not be asked.
    """
    _verified(authorization, check_revoked=True)


def sign_in_of(user_id: str) -> SignIn | None:
    """The user of that uid, or None.

    Raises:
        Unavailable: Firebase Auth could not be asked.
    """
    from firebase_admin import auth

    return _sign_in(lambda: auth.get_user(user_id, app=_app()))


def sign_in_with(email: str) -> SignIn | None:
    """The user of that e-mail address, or None.

    Raises:
        Unavailable: Firebase Auth could not be asked.
    """
    from firebase_admin import auth

    return _sign_in(lambda: auth.get_user_by_email(email, app=_app()))


def _sign_in(ask: Callable[[], Any]) -> SignIn | None:
    from firebase_admin import auth

    try:
        with _asked():
            user = ask()
    except (auth.UserNotFoundError, ValueError):  # ValueError: nothing that Firebase Auth could have given anybody
        return None
    return SignIn(user.uid, user.email)


def _verified(authorization: str, *, check_revoked: bool) -> Mapping[str, Any]:
    """The claims of the token in the header, whose signature holds."""
    from firebase_admin import auth

    match = _BEARER.fullmatch(authorization.strip())
    if match is None:
        raise Unauthenticated("Send Authorization: Bearer <Firebase ID token>.")
    app = _app()
    try:
        with _asked():
            claims: Mapping[str, Any] = auth.verify_id_token(
                match[1], app=app, check_revoked=check_revoked, clock_skew_seconds=CLOCK_SKEW_SECONDS
            )
    except (auth.UserDisabledError, auth.UserNotFoundError) as error:
        raise Unauthenticated("This user cannot sign in any more.") from error
    # The last two: before it checks the signature, the library looks into whatever was sent as if it had a shape.
    except (auth.InvalidIdTokenError, ValueError, TypeError, RecursionError) as error:
        raise Unauthenticated("The ID token is not valid; sign in again.") from error
    return claims


@contextlib.contextmanager
def _asked() -> Iterator[None]:
    """Has Google's services that do not answer be unavailable. What they answer of a token or a user is left alone."""
    from firebase_admin import auth, exceptions
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except (auth.InvalidIdTokenError, auth.UserDisabledError, auth.UserNotFoundError):
        raise
    except (exceptions.FirebaseError, GoogleAuthError) as error:
        raise Unavailable("The sign-in service cannot be reached.") from error


def fetch_certificates() -> None:
    """Has Google's certificates fetched and kept, so that no token has to wait for them.

    firebase-admin fetches them to check a signature, and in no other way; so it is given one that nobody made.

    Raises:
        firebase_admin.auth.CertificateFetchError: they could not be fetched.
    """
    from firebase_admin import auth

    now, project = int(clock.real_now().timestamp()), settings().project
    claims = {"iss": f"https://securetoken.google.com/{project}", "aud": project, "iat": now, "exp": now + 60}
    parts = ({"alg": "RS256", "kid": "nobody's"}, {**claims, "sub": "nobody"})
    unsigned = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    with contextlib.suppress(auth.InvalidIdTokenError):
        auth.verify_id_token(f"{unsigned}.bm9ib2R5", app=_app())


def _text(claim: object) -> str:
    return claim if isinstance(claim, str) else ""
