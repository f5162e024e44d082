"""Needs nothing."""

import json
import subprocess

import pytest
from werkzeug.test import Client

from local import gateway
from local.openapi import document, markdown
from local.openapi.model import Operation, operations
from shared import errors
from tests.support.api import GATEWAY

PUBLIC = [operation for operation in operations() if not operation.is_internal]
WITH_INPUT = [operation for operation in PUBLIC if operation.model is not None]


def named(operation: Operation) -> str:
    return operation.name


def test_the_documents_are_what_the_functions_say_now() -> None:
    again = "run .venv/bin/python -m local.openapi.markdown"
    assert (markdown.DOCS / "api.md").read_text() == markdown.markdown(), again
    assert json.loads((markdown.DOCS / "openapi.json").read_text()) == document.document(), again


def test_the_local_gateway_serves_the_description() -> None:
    answer = Client(GATEWAY).get("/api/openapi.json")

    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.get_data() == (markdown.DOCS / "openapi.json").read_bytes()


def test_every_function_that_is_called_over_http_is_described() -> None:
    triggers = {"count_likes", "propagate_profile", "tidy_post"}

    assert set(document.document()["paths"]) == {gateway.path_of(name) for name in gateway.FUNCTIONS - triggers}
    for name in gateway.FUNCTIONS - gateway.INTERNAL:
        assert f"\n## {name}\n" in markdown.markdown()


def test_every_status_that_a_function_answers_is_named() -> None:
    for path, item in document.document()["paths"].items():
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

    assert keyed == {"create_checkout", "generate", "tip"}
    parameters = {
        path: item["post"]["parameters"] for path, item in document.document()["paths"].items() if "post" in item
    }
    assert {path for path, given in parameters.items() if any(p["name"] == "Idempotency-Key" for p in given)} == {
        "/api/create-checkout",
        "/api/generate",
        "/api/tip",
    }


def test_functions_that_need_no_token_are_those_that_ask_for_none() -> None:
    open_paths = {
        path
        for path, item in document.document()["paths"].items()
        if {} in next(iter(item.values())).get("security", [{}])
    }

    assert open_paths == {
        "/api/get-catalog",
        "/api/get-feed",
        "/api/get-post",
        "/api/get-profile",
        "/api/stripe-webhook",
    }


def test_every_refusal_has_its_row() -> None:
    for problem in (errors.InsufficientTokens, errors.SelfTip, errors.Contention, errors.WalletFrozen):
        assert f"| {problem.status} | `{problem.slug}` |" in markdown.markdown()
