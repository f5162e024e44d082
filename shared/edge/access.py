"""Who may call a function, and who does: each level of access is an object that checks a request.

A level says by its type what a handler is told of its caller, before its input: nothing, a ``Caller``, or a ``Caller``
or None. mypy refuses a handler that declares anything else.
"""

import abc
import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVarTuple

import flask

from shared import log
from shared.config import settings
from shared.edge import identity, service_identity
from shared.errors import (
    AnonymousNotAllowed,
    EmailNotVerified,
    Forbidden,
    NotAnAdministrator,
    Problem,
    Unauthenticated,
)

Told = TypeVarTuple("Told")


@dataclass(frozen=True, slots=True)
class Caller:
    """The signed-in person. ``email`` is a verified one, or empty.

    ``is_administrator`` is true only where the function's access looks at it, and then it was asked whether that still
    holds.
    """

    user_id: str
    email_verified: bool
    email: str
    name: str
    picture: str
    is_administrator: bool = False


class Access(abc.ABC, Generic[*Told]):
    """Who may call a function: ``who`` in words, and ``refusals``, how others are refused."""

    who: ClassVar[str]
    refusals: ClassVar[tuple[type[Problem], ...]] = (Unauthenticated, Forbidden)

    @abc.abstractmethod
    def authorize(self, request: flask.Request, function: str) -> tuple[*Told]:
        """What the handler of ``function`` is told of the caller.

        Raises:
            Unauthenticated, Forbidden: the caller may not call the function.
            Unavailable: the certificates that tokens are checked with could not be fetched.
        """

    def fetch_certificates(self) -> None:
        """Has the certificates that tokens are checked with fetched and kept."""
        identity.fetch_certificates()


class _OptionalSignIn(Access[Caller | None]):
    who = "everyone; a token is not needed, but a bad one is refused"

    def authorize(self, request: flask.Request, function: str) -> tuple[Caller | None]:  # noqa: ARG002
        person = _person(request)
        return (_caller(person) if person else None,)


class _Public(Access[()]):
    who = _OptionalSignIn.who

    def authorize(self, request: flask.Request, function: str) -> tuple[()]:
        OPTIONAL_SIGN_IN.authorize(request, function)
        return ()


class _SignedIn(Access[Caller]):
    who = "a signed-in person"
    refusals = (*Access.refusals, AnonymousNotAllowed)

    def authorize(self, request: flask.Request, function: str) -> tuple[Caller]:  # noqa: ARG002
        return (_caller(_signed_in_person(request)),)


class _Verified(_SignedIn):
    who = "a signed-in person with a verified e-mail"
    refusals = (*_SignedIn.refusals, EmailNotVerified)

    def authorize(self, request: flask.Request, function: str) -> tuple[Caller]:
        (caller,) = super().authorize(request, function)
        if not caller.email_verified:
            raise EmailNotVerified("Verify your e-mail address, then try again.")
        return (caller,)


class _SignedInOrAdmin(_SignedIn):
    def authorize(self, request: flask.Request, function: str) -> tuple[Caller]:  # noqa: ARG002
        person = _signed_in_person(request)
        if person.has_admin_claim:
            identity.require_unrevoked(request.headers["Authorization"])
        return (dataclasses.replace(_caller(person), is_administrator=person.has_admin_claim),)


class _Admin(_SignedInOrAdmin):
    who = "an administrator"
    refusals = (*_SignedIn.refusals, NotAnAdministrator)

    def authorize(self, request: flask.Request, function: str) -> tuple[Caller]:
        (caller,) = super().authorize(request, function)
        if not caller.is_administrator:
            raise NotAnAdministrator("This is for administrators.")
        return (caller,)


class _Service(Access[()]):
    who = "our own service account, from Cloud Tasks or Cloud Scheduler"

    def authorize(self, request: flask.Request, function: str) -> tuple[()]:
        audience = settings().url_of(function)
        service_identity.require_service_caller(request.headers.get("Authorization"), audience)
        return ()

    def fetch_certificates(self) -> None:
        service_identity.fetch_certificates()


PUBLIC = _Public()
"""Everyone; the handler is told nothing of the caller."""

OPTIONAL_SIGN_IN = _OptionalSignIn()
"""Everyone; the handler is told who calls, if somebody is signed in."""

SIGNED_IN = _SignedIn()
VERIFIED = _Verified()

SIGNED_IN_OR_ADMIN = _SignedInOrAdmin()
"""As ``SIGNED_IN``; the handler is also told whether the caller is an administrator, and may do more."""

ADMIN = _Admin()
"""People whose token carries the custom claim ``admin``, which only who deploys can give, and was not revoked."""

SERVICE = _Service()
"""Cloud Tasks and Cloud Scheduler."""


def _person(request: flask.Request) -> identity.Person | None:
    """The person whose token came with the request, None where there was none. The request's log line names them."""
    authorization = request.headers.get("Authorization")
    if authorization is None:
        return None
    person = identity.person(authorization)
    log.note(user=log.hashed(person.user_id))
    return person


def _signed_in_person(request: flask.Request) -> identity.Person:
    person = _person(request)
    if person is None:
        raise Unauthenticated("Send Authorization: Bearer <Firebase ID token>.")
    if person.anonymous:
        raise AnonymousNotAllowed("Sign in with an account; an anonymous one cannot do this.")
    return person


def _caller(person: identity.Person) -> Caller:
    return Caller(person.user_id, person.email_verified, person.email, person.name, person.picture)
