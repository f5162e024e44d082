"""Needs: the Firestore emulator. What deploy.sh asks of a function, and waits to hear, is what the function answers."""

import itertools
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

import main
from tests.deploy.deployment import Deployment, table
from tests.support import api
from tests.support.cloud_kit import Cloud


@dataclass(frozen=True)
class Question:
    """A question of the plan; ``good`` are the answers it takes, and ``with_token`` says that it comes with a token."""

    function: str
    good: list[str]
    method: str
    headers: dict[str, str]
    body: bytes
    with_token: bool


def questions(plan: str) -> Iterator[Question]:
    for good, command in re.findall(r"^# \w+, to be answered: (.+)\n(.+)$", plan, re.MULTILINE):
        _, piped, curl = command.rpartition(" | ")
        words = shlex.split(curl)
        pairs = list(itertools.pairwise(words))
        headers = dict(value.split(": ", 1) for flag, value in pairs if flag == "--header" and value != "@-")
        body = next((value.encode() for flag, value in pairs if flag == "--data"), b"")
        method = next((value for flag, value in pairs if flag == "--request"), "POST" if body else "GET")
        function = words[-1].rpartition("/")[2].replace("-", "_")
        yield Question(function, good.split("|"), method, headers, body, with_token=bool(piped))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[Question]:
    """Everything that a whole deployment asks."""
    plan = Deployment(tmp_path_factory.mktemp("plan")).run("--dry-run", settings={}).stdout
    return list(questions(plan))


@pytest.mark.parametrize("function", sorted(name for name, row in table().items() if row[1] != "trigger"))
def test_a_function_that_works_answers_as_deploy_sh_waits_for(
    cloud: Cloud, asked: list[Question], function: str
) -> None:
    # The question without a token, to a private function, is answered by Cloud Run before it.
    is_private = table()[function][1] == "service"
    reaching = [question for question in asked if question.function == function and question.with_token == is_private]
    assert reaching

    for question in reaching:
        answer = api.call(question.method, function, question.headers, question.body)
        assert f"{answer.status} {answer.headers.get('Content-Type', '')}".startswith(tuple(question.good))


def test_every_function_is_asked_something(asked: list[Question]) -> None:
    assert {question.function for question in asked} == main.FUNCTIONS
