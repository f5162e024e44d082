"""Needs the Firestore emulator. What a handler is told of its caller; another signature is refused by the types.

The handlers named ``wrong`` are never called. mypy, which reads the tests too, refuses each of them; it is strict, so
it would complain of an ignore that is not needed.
"""

from typing import Any

import flask
import pytest

from shared.edge.access import OPTIONAL_SIGN_IN, PUBLIC, SERVICE, SIGNED_IN, VERIFIED, Caller
from shared.edge.endpoint import Contract, View, endpoint
from shared.edge.request_bodies import RequestBody
from shared.edge.requests import Body, Empty, NoParameters, Query
from shared.idempotency import Idempotency
from tests.support.people import Person

ADA = Person("ada")


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


def answered(view: View, method: str = "GET", by: Person | None = None, **request: Any) -> int:
    """The status that the endpoint answers with."""
    headers = {"Idempotency-Key": "k1"} | ({"Authorization": f"Bearer {by.token}"} if by else {})
    with flask.Flask("test").test_request_context("/", method=method, headers=headers, **request):
        environ = flask.request.environ
        environ["wsgi.input"] = RequestBody(environ, 0)
        return view(flask.request).status_code


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
