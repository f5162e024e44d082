"""Needs nothing."""

import datetime
import functools
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client

from local import gateway
from local.openapi import document, markdown
from local.openapi.model import Operation, operations
from shared import errors
from shared.ledger.entries import ENTRY_TYPES
from shared.manifest import FUNCTIONS
from tests.support import functions
from tests.support.api import GATEWAY

PUBLIC = [operation for operation in operations() if not operation.is_internal]
WITH_INPUT = [operation for operation in PUBLIC if operation.model is not None]

TOMORROW = datetime.datetime(2026, 11, 30, tzinfo=datetime.UTC)

described = functools.cache(document.document)
written = functools.cache(markdown.markdown)


def named(operation: Operation) -> str:
    return operation.name


def test_the_documents_are_what_the_functions_say_now() -> None:
    again = "run .venv/bin/python -m local.openapi.markdown"
    assert (markdown.DOCS / "api.md").read_text() == written(), again
    assert json.loads((markdown.DOCS / "openapi.json").read_text()) == described(), again


def test_the_local_gateway_serves_the_description() -> None:
    answer = Client(GATEWAY).get("/api/openapi.json")

    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.get_data() == (markdown.DOCS / "openapi.json").read_bytes()


def test_every_function_that_is_called_over_http_is_described() -> None:
    assert set(described()["paths"]) == {gateway.path_of(name) for name in functions.HTTP}
    for name in functions.ALL - functions.INTERNAL:
        assert f"\n## {name}\n" in written()


def test_every_status_that_a_function_answers_is_named() -> None:
    for path, item in described()["paths"].items():
        ((method, operation),) = item.items()
        statuses = set(operation["responses"])
        assert "default" not in statuses, path
        assert {"500", "503"} < statuses, path
        assert ({"400", "413", "415"} < statuses) == (method == "post"), path


@pytest.mark.parametrize("operation", WITH_INPUT, ids=named)
def test_the_example_of_every_function_is_one_that_it_takes(operation: Operation) -> None:
    assert operation.model is not None
    example = markdown.example(operation)
    given = example if operation.method == "POST" else {name: str(value) for name, value in example.items()}

    operation.model.model_validate(given)


@pytest.mark.parametrize("operation", WITH_INPUT, ids=named)
def test_the_curl_of_every_function_is_a_command_that_bash_reads(operation: Operation) -> None:
    subprocess.run(["bash", "-n"], input=markdown.curl(operation), text=True, check=True)


def test_a_keyed_function_shows_its_key_and_only_such_a_one() -> None:
    keyed = {operation.name for operation in PUBLIC if "Idempotency-Key" in markdown.curl(operation)}

    of_administrators = {"approve_grant", "freeze_wallet", "grant_tokens", "rebuild_wallet", "resolve_order"}
    assert keyed == {"create_checkout", "generate", "tip"} | of_administrators
    parameters = {path: item["post"]["parameters"] for path, item in described()["paths"].items() if "post" in item}
    assert {path for path, given in parameters.items() if any(p["name"] == "Idempotency-Key" for p in given)} == {
        gateway.path_of(name) for name in keyed
    }


def test_functions_that_need_no_token_are_those_that_ask_for_none() -> None:
    open_paths = {
        path for path, item in described()["paths"].items() if {} in next(iter(item.values())).get("security", [{}])
    }

    signed = {name for name, it in FUNCTIONS.items() if it.caller == "stripe"}
    assert open_paths == {gateway.path_of(name) for name in functions.OPEN_TO_EVERYONE | signed}


def schemas() -> dict[str, Any]:
    found: dict[str, Any] = described()["components"]["schemas"]
    return found


def test_the_details_of_a_ledger_line_are_described_by_its_type() -> None:
    lines = [schemas()[one["$ref"].rpartition("/")[2]]["properties"] for one in line_options()]
    details = {
        entry_type: schemas()[properties["details"]["$ref"].rpartition("/")[2]]["properties"]
        for properties in lines
        if "$ref" in properties["details"]
        for entry_type in properties["type"].get("enum", [properties["type"].get("const")])
    }

    assert {entry_type: set(names) for entry_type, names in details.items()} == {
        "purchase": {"stripeSessionId", "paymentIntentId", "package", "plan", "amount", "currency"},
        "generation_spend": {"generationId", "feature", "areas", "paidBy", "images"},
        "refund": {"generationId", "feature", "areas", "paidBy", "images"},
        "tip_sent": {"senderId", "recipientId", "postId"},
        "tip_received": {"senderId", "recipientId", "postId"},
        "signup_bonus": {"trial"},
        "clawback": {"orderId", "paid", "reversed", "currency", "due", "owed", "step"},
        "reinstatement": {"orderId", "paid", "reversed", "currency", "due", "owed", "step"},
        "admin_credit": {"actionId", "actorId", "reason"},
    }
    types = [name for line in lines for name in line["type"].get("enum", [line["type"].get("const")])]
    assert sorted(types) == sorted(ENTRY_TYPES)


def line_options() -> list[dict[str, str]]:
    found: list[dict[str, str]] = schemas()["TransactionsAnswer"]["properties"]["transactions"]["items"]["anyOf"]
    return found


def test_a_tip_without_a_post_has_no_post_in_its_details() -> None:
    assert schemas()["TipDetails"]["required"] == ["senderId", "recipientId"]


@pytest.mark.parametrize(
    "problem",
    [
        errors.InsufficientTokens(1, 3),
        errors.InsufficientTokens(1, 3, trialRemaining=0, canReload=False),
        errors.TokensOwed(5, 0),
        errors.FairUseReached(40, 60, TOMORROW),
        errors.DailyLimit("", 60, limit=200, left=3, resetsAt=TOMORROW),
        errors.BudgetUsedUp(60, TOMORROW),
        errors.DoesNotAddUp([]),
        errors.InvalidRequest.field("amount", "is too much"),
        errors.SelfTip("You cannot tip yourself."),
        errors.MethodNotAllowed("", allowed=["GET"]),
    ],
    ids=lambda problem: problem.slug,
)
def test_what_a_problem_carries_is_described(problem: errors.Problem) -> None:
    schema = schemas()[type(problem).__name__]

    carried = {"type", "title", "status", "detail", *problem.extensions}
    assert set(schema["required"]) <= carried <= set(schema["properties"])


def texts(part: Any, name: str) -> Iterator[str]:
    """Every text of that name in the document, wherever it is."""
    if isinstance(part, list):
        for each in part:
            yield from texts(each, name)
    if isinstance(part, dict):
        for key, value in part.items():
            if key == name and isinstance(value, str):
                yield value
            yield from texts(value, name)


def test_the_description_says_which_version_of_what_it_is_and_under_which_license() -> None:
    info = described()["info"]

    assert info["license"] == {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    assert f"## {info['version']}\n" in (markdown.DOCS.parent / "CHANGELOG.md").read_text()


def test_the_description_has_no_titles_that_repeat_names_and_no_markup_but_markdowns() -> None:
    whole = described()

    assert list(texts(whole, "title")) == ["Guilder"]
    assert [text for name in ("description", "summary") for text in texts(whole, name) if "``" in text] == []


def test_a_field_of_a_request_that_has_a_default_need_not_be_there() -> None:
    assert schemas()["GenerateRequest"]["required"] == ["feature", "prompt"]
    assert schemas()["GenerateRequest"]["properties"]["publish"] == {"type": "boolean", "description": "Default: true"}
    assert [each for each in schemas().values() if "default" in json.dumps(each.get("properties", {}))] == []


def test_every_refusal_has_its_row() -> None:
    for problem in (errors.InsufficientTokens, errors.SelfTip, errors.Contention, errors.WalletFrozen):
        assert f"| {problem.status} | `{problem.slug}` |" in written()
