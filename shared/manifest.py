"""The whole table of functions, ``functions/manifest.toml``, read when it is first imported.

A row that makes no sense is refused with a sentence that names the row. A start needs one row only, and reads no more
(``shared/manifest_row.py``). Nothing but the standard library is imported: a deployment reads the table where no
library is installed.
"""

import json
import tomllib
from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.manifest_row import (
    ACCOUNTS,
    FILE,
    Function,
    ManifestError,
    arguments_of,
    function_of,
    is_constant,
    require,
    require_one_of,
)

ORIGINS = ("given", "random")


class Job(NamedTuple):
    """A call of Cloud Scheduler at the times of ``schedule``; ``setting`` of a deployment may say other times."""

    name: str
    schedule: str
    body: str = "{}"
    setting: str = ""


class Queue(NamedTuple):
    """A queue of Cloud Tasks; times are in seconds. ``filled_by`` are the accounts whose functions put tasks there."""

    name: str
    max_dispatches_per_second: int
    max_concurrent_dispatches: int
    max_attempts: int
    min_backoff: float
    max_backoff: float
    looked_into: bool = False
    filled_by: tuple[str, ...] = ("runtime",)


class Manifest(NamedTuple):
    """The whole file, in its order."""

    functions: Mapping[str, Function]
    queues: Mapping[str, Queue]
    secrets: Mapping[str, str]
    stripe_events: tuple[str, ...]
    subjects: Mapping[str, str]


def read(text: str) -> Manifest:
    """The manifest that ``text`` is.

    Raises:
        ManifestError: it is not TOML, or a row lacks something, holds something that is not known, or contradicts
            itself.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(f"{FILE.name}: {error}") from None
    known = {"defaults", "subjects", "functions", "queues", "stripe", "secrets"}
    require(tables.keys() == known, FILE.name, f"its tables are {', '.join(sorted(known))}")
    subjects, secrets = tables["subjects"], tables["secrets"]
    for name, origin in secrets.items():
        require(is_constant(name), f"secrets.{name}", "that is not the name of a variable")
        require_one_of(ORIGINS, origin, f"secrets.{name}", "origin")
    queues = {name: _queue(name, row) for name, row in tables["queues"].items()}
    functions = {name: function_of(name, tables["defaults"] | row) for name, row in tables["functions"].items()}
    for name, function in functions.items():
        where = f"functions.{name}"
        require_one_of(subjects, function.subject, where, "subject")
        require_one_of(("", *queues), function.queue, where, "queue")
        _require_jobs(function, where)
        for secret in function.secrets:
            require_one_of(secrets, secret, where, "secret")
        for variable in function.variables:
            require(is_constant(variable), where, f"{variable} is not the name of a variable")
            require(variable not in secrets, where, f"{variable} is a secret")
    return Manifest(functions, queues, secrets, tuple(tables["stripe"]["events"]), subjects)


def jobs_of(function: Function) -> list[Job]:
    """What calls a scheduled function: the job of its own schedule, and the second one that its row names."""
    if not function.schedule:
        return []
    jobs = [Job(function.url_name, function.schedule, setting=function.schedule_setting)]
    if function.second_job:
        name, schedule, body = function.second_job
        jobs.append(Job(f"{function.url_name}-{name}", schedule, body))
    return jobs


def _require_jobs(function: Function, where: str) -> None:
    if not function.second_job:
        return
    require(bool(function.schedule), where, "a second job goes with a schedule")
    require(len(function.second_job) == 3, where, "a second job has a name, a schedule and a body")
    _, schedule, body = function.second_job
    require(len(schedule.split()) == 5, where, "a schedule is five fields of cron")
    require(_is_json_object(body), where, "the body of a job is a JSON object")


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _queue(name: str, row: dict[str, Any]) -> Queue:
    where = f"queues.{name}"
    it = Queue(**arguments_of(Queue, name, row, where))
    limits = (it.max_dispatches_per_second, it.max_concurrent_dispatches, it.max_attempts)
    require(min(limits) >= 1, where, "its limits are at least 1")
    require(0 < it.min_backoff <= it.max_backoff, where, "min_backoff is above 0, and max_backoff not below it")
    for account in it.filled_by:
        require_one_of(ACCOUNTS, account, where, "account")
    return it


FUNCTIONS, QUEUES, SECRETS, STRIPE_EVENTS, SUBJECTS = read(FILE.read_text(encoding="utf-8"))
