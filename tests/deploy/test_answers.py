"""Needs the Firestore emulator. Every function answers a deployment's question as it expects."""

import itertools

import pytest

from deploy import questions, settings
from deploy.questions import Question
from shared.manifest import FUNCTIONS
from tests.deploy.deployment import PROJECT, ROOT
from tests.support import api
from tests.support.cloud_kit import Cloud

ASKED = questions.of_deployment(settings.read(["--project", PROJECT, "--dry-run"], {}, ROOT))


def answer(function: str, question: Question) -> str:
    """Status and type that the function answers to curl's request."""
    pairs = list(itertools.pairwise(question.request))
    headers = dict(value.split(": ", 1) for flag, value in pairs if flag == "--header")
    body = next((value.encode() for flag, value in pairs if flag == "--data"), b"")
    method = next((value for flag, value in pairs if flag == "--request"), "POST" if body else "GET")
    answered = api.call(method, function, headers, body)
    return f"{answered.status} {answered.headers.get('Content-Type', '')}"


@pytest.mark.parametrize("function", sorted(name for name, it in FUNCTIONS.items() if not it.is_trigger))
def test_a_function_that_works_answers_as_a_deployment_waits_for(cloud: Cloud, function: str) -> None:
    # The question without a token, to a private function, is answered by Cloud Run before it.
    reaching = [question for question in ASKED[function] if question.with_token == FUNCTIONS[function].is_internal]
    assert reaching

    for question in reaching:
        assert answer(function, question).startswith(question.good)


def test_every_function_is_asked_something_and_so_is_hosting() -> None:
    assert set(ASKED) == {*FUNCTIONS, "hosting"}
    assert all(ASKED.values())
