"""The one table of functions, ``functions/manifest.toml``, read when a process starts.

A row that makes no sense stops the start with a sentence that names the row. Nothing but the standard library is
imported: every cold start waits for this module, and a deployment reads it where no library is installed.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).parent.parent / "functions" / "manifest.toml"

CALLERS = ("public", "stripe", "tasks", "scheduler", "firestore")
ACCOUNTS = ("reader", "payments", "runtime")
ORIGINS = ("given", "random")

BELONGS_TO = {"queue": "tasks", "schedule": "scheduler", "path": "firestore"}
"""What a row says exactly when its caller is this one."""

LONGEST_TIMEOUT_SECONDS = 3600
LONGEST_TRIGGER_SECONDS = 540
"""https://docs.cloud.google.com/functions/quotas: a function that an event starts has less time."""


class ManifestError(Exception):
    """The table of functions makes no sense; the message names the row."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Function:
    """A row; ``functions/manifest.toml`` says what each column is."""

    name: str
    subject: str
    caller: str
    account: str
    memory: str
    cpu: int
    requests: int
    min: int
    max: int
    timeout: int
    does: str
    variables: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    queue: str = ""
    schedule: str = ""
    schedule_setting: str = ""
    path: str = ""

    @property
    def is_internal(self) -> bool:
        """Whether only Google calls it."""
        return self.caller in BELONGS_TO.values()

    @property
    def is_trigger(self) -> bool:
        """Whether it takes a CloudEvent."""
        return self.caller == "firestore"

    @property
    def required(self) -> tuple[str, ...]:
        """The variables that it refuses to start without, secret ones included."""
        return self.variables + self.secrets

    @property
    def url_name(self) -> str:
        """Its name as it is deployed and in URLs."""
        return self.name.replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Queue:
    """A queue of Cloud Tasks; times are in seconds."""

    name: str
    max_dispatches_per_second: int
    max_concurrent_dispatches: int
    max_attempts: int
    min_backoff: float
    max_backoff: float
    looked_into: bool = False


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
    _require(tables.keys() == known, FILE.name, f"its tables are {', '.join(sorted(known))}")
    subjects, secrets = tables["subjects"], tables["secrets"]
    for name, origin in secrets.items():
        _require(_is_constant(name), f"secrets.{name}", "that is not the name of a variable")
        _require_one_of(ORIGINS, origin, f"secrets.{name}", "origin")
    queues = {name: _queue(name, row) for name, row in tables["queues"].items()}
    functions = {name: _function(name, tables["defaults"] | row) for name, row in tables["functions"].items()}
    for name, function in functions.items():
        where = f"functions.{name}"
        _require_one_of(subjects, function.subject, where, "subject")
        _require_one_of(("", *queues), function.queue, where, "queue")
        for secret in function.secrets:
            _require_one_of(secrets, secret, where, "secret")
        for variable in function.variables:
            _require(_is_constant(variable), where, f"{variable} is not the name of a variable")
            _require(variable not in secrets, where, f"{variable} is a secret")
    return Manifest(functions, queues, secrets, tuple(tables["stripe"]["events"]), subjects)


def _function(name: str, row: dict[str, Any]) -> Function:
    where = f"functions.{name}"
    _require(name.isidentifier() and name == name.lower(), where, "that is not the name of a function")
    it = Function(**_columns(Function, name, row, where))
    _require_one_of(CALLERS, it.caller, where, "caller")
    _require_one_of(ACCOUNTS, it.account, where, "account")
    for column, caller in BELONGS_TO.items():
        _require((column in row) == (it.caller == caller), where, f"the caller {caller} and a {column} go together")
    _require(not it.schedule or len(it.schedule.split()) == 5, where, "a schedule is five fields of cron")
    _require(not it.schedule_setting or bool(it.schedule), where, "a schedule_setting goes with a schedule")
    _require(not it.path or _is_path(it.path), where, "a path is like posts/{postId}")
    _require(it.memory[:-2].isdecimal() and it.memory[-2:] in ("Mi", "Gi"), where, "memory is like 512Mi or 2Gi")
    _require(it.cpu >= 1 and it.requests >= 1, where, "cpu and requests are at least 1")
    _require(0 <= it.min <= it.max and it.max >= 1, where, "min is from 0 to max, and max at least 1")
    longest = LONGEST_TRIGGER_SECONDS if it.is_trigger else LONGEST_TIMEOUT_SECONDS
    _require(1 <= it.timeout <= longest, where, f"the timeout is from 1 to {longest} seconds")
    return it


def _queue(name: str, row: dict[str, Any]) -> Queue:
    where = f"queues.{name}"
    it = Queue(**_columns(Queue, name, row, where))
    limits = (it.max_dispatches_per_second, it.max_concurrent_dispatches, it.max_attempts)
    _require(min(limits) >= 1, where, "its limits are at least 1")
    _require(0 < it.min_backoff <= it.max_backoff, where, "min_backoff is above 0, and max_backoff not below it")
    return it


def _columns(kind: type[Function] | type[Queue], name: str, row: dict[str, Any], where: str) -> dict[str, Any]:
    """The arguments that make the row one of ``kind``, each of the type that it has there."""
    columns = {field.name: field for field in fields(kind)}
    for column in row:
        _require(column in columns and column != "name", where, f"there is no column {column}")
    arguments: dict[str, Any] = {"name": name}
    for column, field in columns.items():
        if column in row:
            value = row[column]
            _require(_fits(value, field.type), where, f"{column} = {value!r} is of another type than it should be")
            arguments[column] = tuple(value) if isinstance(value, list) else value
        else:
            _require(column == "name" or field.default is not MISSING, where, f"{column} is missing")
    return arguments


def _fits(value: object, kind: object) -> bool:
    if kind is str:
        return isinstance(value, str) and value != ""
    if kind is float:
        return type(value) in (int, float)
    if kind in (int, bool):
        return type(value) is kind
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_constant(name: str) -> bool:
    return name.isidentifier() and name == name.upper()


def _is_path(path: str) -> bool:
    """Whether it matches the documents of one collection."""
    collection, _, document = path.partition("/")
    return collection.isidentifier() and document[1:-1].isidentifier() and document[:1] + document[-1:] == "{}"


def _require_one_of(known: Collection[str], name: str, where: str, what: str) -> None:
    _require(name in known, where, f"there is no {what} {name!r}, only {', '.join(filter(None, known))}")


def _require(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise ManifestError(f"{where}: {what}.")


FUNCTIONS, QUEUES, SECRETS, STRIPE_EVENTS, SUBJECTS = read(FILE.read_text(encoding="utf-8"))
