"""Who may call a function, and who does."""

import dataclasses
import enum

import flask

from shared.config import settings
from shared.edge import identity, service_identity
from shared.errors import AnonymousNotAllowed, EmailNotVerified, Unauthenticated


class Access(enum.Enum):
    """Who may call a function."""

    PUBLIC = "everyone; a token is not needed, but a bad one is refused"
    SIGNED_IN = "a signed-in person"
    VERIFIED = "a signed-in person with a verified e-mail"
    SERVICE = "our own service account, from Cloud Tasks or Cloud Scheduler"


@dataclasses.dataclass(frozen=True, slots=True)
class Caller:
    """The signed-in person and their request. ``email`` is a verified one, or empty.

    ``idempotency_key`` and ``fingerprint``, which stands for the function and its input, are those of a keyed function.
    """

    user_id: str
    email_verified: bool
    email: str
    name: str
    picture: str
    idempotency_key: str
    fingerprint: str

    def key(self, function: str) -> str:
        """The idempotency key, made one user's and one function's: ``tip_<key>_<uid>``."""
        return f"{function}_{self.idempotency_key}_{self.user_id}"


def identify(request: flask.Request, function: str, access: Access) -> Caller | None:
    """The person who calls; None for a signed-out caller of a public function, and for a service.

    Raises:
        Unauthenticated, Forbidden: the caller may not call the function.
        Unavailable: it cannot be told who calls.
    """
    authorization = request.headers.get("Authorization")
    if access is Access.SERVICE:
        service_identity.require_service_caller(authorization, audience=settings().url_of(function))
        return None
    if authorization is None:
        if access is Access.PUBLIC:
            return None
        raise Unauthenticated("Send Authorization: Bearer <Firebase ID token>.")
    person = identity.person(authorization)
    if access is not Access.PUBLIC and person.anonymous:
        raise AnonymousNotAllowed("Sign in with an account; an anonymous one cannot do this.")
    if access is Access.VERIFIED and not person.email_verified:
        raise EmailNotVerified("Verify your e-mail address, then try again.")
    return Caller(person.user_id, person.email_verified, person.email, person.name, person.picture, "", "")
