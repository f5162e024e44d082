"""Needs the Firestore emulator and the local issuer. Bad numbers for every number that a model of a function has."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from local.openapi import markdown
from local.openapi.model import Operation, operations
from shared.edge.access import ADMIN, SERVICE
from shared.edge.requests import Body
from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, open_account
from tests.support.people import administrator

OPERATIONS = {operation.name: operation for operation in operations()}

Path = tuple[str | int, ...]
"""Where a number stands in a body; 0 for any place of a list."""


def numbers(schema: dict[str, Any], definitions: dict[str, Any] | None = None, at: Path = ()) -> Iterator[Path]:
    """The paths of everything in the JSON schema that may be a number."""
    definitions = definitions if definitions is not None else schema.get("$defs", {})
    if "$ref" in schema:
        yield from numbers(definitions[schema["$ref"].rpartition("/")[2]], definitions, at)
    if schema.get("type") in ("integer", "number"):
        yield at
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from numbers(option, definitions, at)
    for name, field in schema.get("properties", {}).items():
        yield from numbers(field, definitions, (*at, name))
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            yield from numbers(inner, definitions, (*at, 0))


def found(method: str) -> list[tuple[str, Path]]:
    """Every number in the models of the functions that answer ``method``."""
    return [
        (name, path)
        for name, operation in OPERATIONS.items()
        if operation.model is not None and operation.method == method
        for path in dict.fromkeys(numbers(operation.model.model_json_schema()))
    ]


BAD_IN_JSON = {
    "-1": 422,
    "0": 422,
    "-0": 422,
    "1000000001": 422,
    "9007199254740992": 422,
    "9007199254740993": 422,
    "18446744073709551617": 422,
    "1e400": 422,
    "1e3": 422,
    "5.0": 422,
    "0.5": 422,
    '"5"': 422,
    '""': 422,
    "true": 422,
    "false": 422,
    "null": 422,
    "[]": 422,
    "[5]": 422,
    '{"value": 5}': 422,
    "NaN": 400,
    "Infinity": 400,
    "-Infinity": 400,
    "+5": 400,
    "05": 400,
    "0x5": 400,
    "5_0": 400,
    "\u0665": 400,  # an Arabic five
    "9" * 5000: 400,
}
"""What stands in the place of the number, as it is written, and the status of the answer."""

BAD_IN_A_QUERY = [
    "-1", "0", "1001", "9007199254740993", "1e400", "1e1", "5.0", "0.5", "true", "null", "NaN", "Infinity", "+5", "0x5",
    "5_0", " 5", "5 ", "5,5", "\u0665", "", "9" * 5000,
]  # fmt: skip


def bodies(operation: Operation, path: Path, written: str) -> bytes:
    """The example of the function with ``written`` at ``path``."""
    body: Any = markdown.example(operation)
    *way, last = path
    place = body
    for step in way:
        place = place[step]
    place[last] = "$here"
    return json.dumps(body).replace('"$here"', written).encode()


TAKES = {("grant_tokens", "-1")}
"""What would be a bad number elsewhere: tokens are taken."""


@pytest.mark.threat(2, 3)
@pytest.mark.parametrize(("function", "path"), found("POST"), ids=str)
def test_a_bad_number_in_a_body_is_refused_and_moves_nothing(cloud: Cloud, function: str, path: Path) -> None:
    ada, ben = open_account(20_000), open_account()
    operation = OPERATIONS[function]
    token = cloud.token(function) if operation.access is SERVICE else ada.token
    if operation.access is ADMIN:
        token = administrator().token
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    recipient = str(markdown.EXAMPLES["recipientId"]).encode()
    bad = {written: status for written, status in BAD_IN_JSON.items() if (function, written) not in TAKES}

    with ledger_kit.nothing_moves():
        answers = {
            written: api.call(
                "POST",
                function,
                {**headers, "Idempotency-Key": api.new_key()},
                bodies(operation, path, written).replace(recipient, ben.user_id.encode()),
            )
            for written in bad
        }

    assert {written: answer.status for written, answer in answers.items()} == bad
    for written, answer in answers.items():
        if answer.status == 422:
            assert [error["field"].split(".")[0] for error in answer.body["errors"]] == [path[0]], written


@pytest.mark.threat(2, 3, 82)
@pytest.mark.parametrize(("function", "path"), found("GET"), ids=str)
def test_a_bad_number_in_a_query_is_refused(project: str, function: str, path: Path) -> None:
    person = administrator() if OPERATIONS[function].access is ADMIN else ledger_kit.account()
    signed_in = {"Authorization": f"Bearer {person.token}"}
    example = markdown.example(OPERATIONS[function])

    for written in BAD_IN_A_QUERY:
        answer = api.call("GET", function, signed_in, query={**example, str(path[0]): written})

        assert answer.problem == (422, "invalid-request"), written
        assert [error["field"] for error in answer.body["errors"]] == [path[0]], written


# -- that none is forgotten --------------------------------------------------------------------------------------


def test_the_numbers_that_there_are_today_are_found() -> None:
    assert set(found("POST")) == {
        ("grant_tokens", ("amount",)),
        ("set_auto_reload", ("monthlyCap",)),
        ("set_auto_reload", ("threshold",)),
        ("tip", ("amount",)),
        ("recount_likes", ("windowSeconds",)),
        ("update_author", ("windowSeconds",)),
        ("update_author", ("window",)),
    }
    assert set(found("GET")) == {
        ("get_feed", ("limit",)),
        ("list_attention", ("limit",)),
        ("list_transactions", ("limit",)),
    }


class Inner(BaseModel):
    price: float


class Sample(Body):
    amount: Annotated[int, Field(ge=1)]
    maybe: int | None = None
    several: list[int]
    inner: Inner
    inners: list[Inner]
    by_name: dict[str, int]
    text: str
    flag: bool


def test_a_number_is_found_wherever_it_hides() -> None:
    assert set(numbers(Sample.model_json_schema())) == {
        ("amount",),
        ("maybe",),
        ("several", 0),
        ("inner", "price"),
        ("inners", 0, "price"),
        ("byName", 0),
    }
