"""One operation of the local Stripe's REST API: path, parameters and what performs it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from local.stripe.errors import StripeRefusal
from local.stripe.filters import matches
from local.stripe.objects import JsonObject
from local.stripe.store import Store

Performer = Callable[..., JsonObject]
"""Takes the decoded parameters, then the ids in the path."""

PAGES = ("limit", "starting_after", "ending_before")
PAGING = (
    *PAGES,
    "created",
    "created.gt",
    "created.gte",
    "created.lt",
    "created.lte",
)
"""The parameters of every list, and those of a list by time."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. ``implemented`` has the dotted names of the parameters that it acts on."""

    method: str
    path: re.Pattern[str]
    params: type
    perform: Performer
    implemented: frozenset[str]


def find_operation(table: list[Operation], method: str, path: str) -> tuple[Operation, tuple[str, ...]]:
    """The operation for a request, with the ids in its path.

    Raises:
        StripeRefusal: 404, there is no such operation.
    """
    for operation in table:
        match = operation.path.fullmatch(path)
        if match and operation.method == method:
            return operation, match.groups()
    raise StripeRefusal(f"Unrecognized request URL ({method}: {path}).", status=404)


def get(path: str, params: type, perform: Performer, *implemented: str) -> Operation:
    return _operation("GET", path, params, perform, implemented)


def post(path: str, params: type, perform: Performer, *implemented: str) -> Operation:
    return _operation("POST", path, params, perform, implemented)


def delete(path: str, params: type, perform: Performer, *implemented: str) -> Operation:
    return _operation("DELETE", path, params, perform, implemented)


def one(store: Store, object_name: str) -> Performer:
    """Answers with the object of the id in the path."""
    return lambda _params, object_id: store.find(object_name, object_id)


def listed(store: Store, object_name: str, path: str) -> Performer:
    """Answers with a page of the objects that pass the request's filters, the newest first."""
    return lambda params: store.page(
        [kept for kept in store.newest_first(object_name) if matches(kept, params)], params, f"/v1/{path}"
    )


def _operation(method: str, path: str, params: type, perform: Performer, implemented: tuple[str, ...]) -> Operation:
    pattern = re.compile("/v1/" + path.replace("{id}", "([A-Za-z0-9_-]+)"))
    return Operation(method, pattern, params, perform, frozenset(implemented) | {"expand"})
