"""Needs the Firestore emulator. What a handler is told of its caller; another signature is refused by the types.

The handlers named ``wrong`` are never called. mypy, which reads the tests too, refuses each of them; it is strict, so
it would complain of an ignore that is not needed.
"""

from typing import Any

import flask
import pytest

from local.google.users import Users
from local.net.ports import HOST
from shared.edge.access import (
    ADMIN,
    OPTIONAL_SIGN_IN,
    PUBLIC,
    SERVICE,
    SIGNED_IN,
    SIGNED_IN_OR_ADMIN,
    VERIFIED,
    Caller,
)
from shared.edge.endpoint import Contract, View, endpoint
from shared.edge.request_bodies import RequestBody
from shared.edge.requests import Body, Empty, NoParameters, Query
from shared.idempotency import Idempotency
from tests.support.people import Person

ADA = Person("ada")
ROOT = Person("root", claims={"admin": True})


class Order(Body):
    amount: int


class Window(Query):
    limit: int = 20


told: list[object] = []


@endpoint(NoParameters, PUBLIC)
def public() -> dict[str, int]:
    told[:] = []
    return {}


@endpoint(Window, PUBLIC)
def public_query(query: Window) -> dict[str, int]:
    told[:] = [query]
    return {}


@endpoint(Window, OPTIONAL_SIGN_IN)
def optional(caller: Caller | None, query: Window) -> dict[str, int]:
    told[:] = [caller and caller.user_id, query]
    return {}


@endpoint(NoParameters, SIGNED_IN)
def signed_in(caller: Caller) -> dict[str, int]:
    told[:] = [caller.user_id]
    return {}


@endpoint(NoParameters, ADMIN)
def admin(caller: Caller) -> dict[str, int]:
    told[:] = [caller.user_id, caller.is_administrator]
    return {}


@endpoint(NoParameters, SIGNED_IN_OR_ADMIN)
def signed_in_or_admin(caller: Caller) -> dict[str, int]:
    told[:] = [caller.user_id, caller.is_administrator]
    return {}


@endpoint(Order, VERIFIED, keyed="order", status=202)
def keyed(caller: Caller, idempotency: Idempotency, body: Order) -> dict[str, int]:
    told[:] = [caller.user_id, idempotency.key, body]
    return {}


@endpoint(Window, PUBLIC)  # type: ignore[arg-type]
def wrong_caller(caller: Caller, query: Window) -> None: ...


@endpoint(NoParameters, PUBLIC)  # type: ignore[arg-type]
def wrong_caller_without_input(caller: Caller) -> None: ...


@endpoint(Window, OPTIONAL_SIGN_IN)  # type: ignore[arg-type]
def wrong_certainty(caller: Caller, query: Window) -> None: ...


@endpoint(Empty, SERVICE)  # type: ignore[arg-type]
def wrong_person(caller: Caller) -> None: ...


@endpoint(Order, SIGNED_IN)  # type: ignore[arg-type]
def wrong_input(caller: Caller, query: Window) -> None: ...


@endpoint(Order, VERIFIED, keyed="order")  # type: ignore[arg-type]
def wrong_without_key(caller: Caller, body: Order) -> None: ...


@endpoint(Order, SERVICE, keyed="order")  # type: ignore[arg-type]
def wrong_key_of_nobody(caller: Caller, idempotency: Idempotency, body: Order) -> None: ...


def response(view: View, method: str = "GET", by: Person | None = None, **request: Any) -> flask.Response:
    headers = {"Idempotency-Key": "k1"} | ({"Authorization": f"Bearer {by.token}"} if by else {})
    with flask.Flask("test").test_request_context("/", method=method, headers=headers, **request):
        environ = flask.request.environ
        environ["wsgi.input"] = RequestBody(environ, 0)
        return view(flask.request)


def answered(view: View, method: str = "GET", by: Person | None = None, **request: Any) -> int:
    """The status that the endpoint answers with."""
    return response(view, method, by, **request).status_code


def refused(view: View, by: Person | None) -> tuple[int, str]:
    """The status and slug that the endpoint refuses with."""
    answer = response(view, by=by)
    document = answer.get_json()
    assert document is not None
    return answer.status_code, document["type"]


@pytest.mark.parametrize("by", [None, ADA], ids=["nobody", "ada"])
def test_a_public_handler_is_told_nothing_of_the_caller(project: str, by: Person | None) -> None:
    assert answered(public, by=by) == 200
    assert told == []
    assert answered(public_query, by=by, query_string={"limit": "3"}) == 200
    assert told == [Window(limit=3)]


@pytest.mark.parametrize("view", [public, optional], ids=["public", "optional"])
def test_a_bad_token_is_refused_where_none_is_needed(project: str, view: View) -> None:
    with flask.Flask("test").test_request_context("/", headers={"Authorization": "Bearer x"}):
        assert view(flask.request).status_code == 401


def test_a_handler_for_everyone_is_told_who_calls_if_somebody_is_signed_in(project: str) -> None:
    assert answered(optional) == 200
    assert told == [None, Window()]
    assert answered(optional, by=ADA) == 200
    assert told == ["ada", Window()]


def test_a_handler_for_people_is_told_who_calls(project: str) -> None:
    assert answered(signed_in) == 401
    assert answered(signed_in, by=ADA) == 200
    assert told == ["ada"]


def test_a_key_is_one_users_and_one_functions_and_the_status_is_the_declared_one(project: str) -> None:
    assert answered(keyed, "POST", by=ADA, json={"amount": 5}) == 202
    assert told == ["ada", "order_k1_ada", Order(amount=5)]


def test_an_endpoint_leaves_its_contract() -> None:
    assert keyed.contract == Contract("POST", VERIFIED, True, Order, dict[str, int], 202)
    assert public.contract == Contract("GET", PUBLIC, False, NoParameters, dict[str, int], 200)


# -- administrators ----------------------------------------------------------------------------------------------------


def test_a_handler_for_administrators_is_told_who_calls(project: str) -> None:
    assert answered(admin, by=ROOT) == 200
    assert told == ["root", True]


@pytest.mark.threat(27, 74)
@pytest.mark.parametrize(
    ("by", "refusal"),
    [
        (None, (401, "unauthenticated")),
        (Person("eve", provider="anonymous", claims={"admin": True}), (403, "anonymous-not-allowed")),
        (ADA, (403, "not-an-administrator")),
        (Person("eve", claims={"admin": "true"}), (403, "not-an-administrator")),
        (Person("eve", claims={"admin": 1}), (403, "not-an-administrator")),
        (Person("eve", claims={"admin": False}), (403, "not-an-administrator")),
        (Person("eve", claims={"claims": {"admin": True}}), (403, "not-an-administrator")),
        (Person("eve", claims={"firebase": {"admin": True}}), (403, "not-an-administrator")),
        (Person("eve", claims={"Admin": True}), (403, "not-an-administrator")),
    ],
    ids=lambda case: None if case is None or isinstance(case, tuple) else str(case.claims),
)
def test_whoever_lacks_the_claim_is_no_administrator(project: str, by: Person | None, refusal: tuple[int, str]) -> None:
    assert refused(admin, by) == refusal


@pytest.mark.threat(30, 74)
@pytest.mark.parametrize("reason", ["revoked", "disabled", "deleted"])
@pytest.mark.parametrize("view", [admin, signed_in_or_admin], ids=["admin", "signed in or admin"])
def test_an_administrator_whose_token_does_not_count_any_more_is_signed_out(
    project: str, users: Users, reason: str, view: View
) -> None:
    match reason:
        case "revoked":
            users.valid_since["root"] = 2**33
        case "disabled":
            users.disabled.add("root")
        case "deleted":
            users.deleted.add("root")

    assert refused(view, ROOT) == (401, "unauthenticated")


def test_nobody_is_an_administrator_while_firebase_auth_cannot_be_asked(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", f"{HOST}:1")

    assert refused(admin, ROOT) == (503, "unavailable")
    assert refused(admin, ADA) == (403, "not-an-administrator")


def test_a_handler_that_gives_administrators_more_is_told_whether_one_calls(project: str) -> None:
    assert answered(signed_in_or_admin, by=ROOT) == 200
    assert told == ["root", True]
    assert answered(signed_in_or_admin, by=ADA) == 200
    assert told == ["ada", False]
    assert refused(signed_in_or_admin, None) == (401, "unauthenticated")


@pytest.mark.parametrize("view", [signed_in, keyed], ids=["signed in", "keyed"])
def test_other_functions_ask_firebase_auth_nothing(project: str, users: Users, view: View) -> None:
    users.deleted.add("root")

    assert (
        answered(
            view, "POST" if view is keyed else "GET", by=ROOT, **({"json": {"amount": 5}} if view is keyed else {})
        )
        < 300
    )
