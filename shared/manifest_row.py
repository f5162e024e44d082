"""A row of the table of functions, ``functions/manifest.toml``; a start reads that of its own function alone.

A row that makes no sense stops the start with a sentence that names the row. Every cold start waits for this module,
so it imports nothing that the framework has not, and its rows are named tuples: a frozen dataclass of as many fields
takes 3 ms to make. A deployment reads the rows where no library is installed.
"""

import ast
import functools
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).parent.parent / "functions" / "manifest.toml"

CALLERS = ("public", "stripe", "tasks", "scheduler", "firestore")
ACCOUNTS = ("reader", "payments", "runtime")

BELONGS_TO = {"queue": "tasks", "schedule": "scheduler", "path": "firestore"}
"""What a row says exactly when its caller is this one."""

LONGEST_TIMEOUT_SECONDS = 3600
LONGEST_TRIGGER_SECONDS = 540
"""https://docs.cloud.google.com/functions/quotas: a function that an event starts has less time."""


class ManifestError(Exception):
    """The table of functions makes no sense; the message names the row."""


class Function(NamedTuple):
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
    second_job: tuple[str, ...] = ()
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


@functools.cache
def of(name: str) -> Function:
    """The function's row, without a look at the others.

    Raises:
        KeyError: there is no such function.
        ManifestError: the row lacks something, holds something that is not known, or contradicts itself.
    """
    parts = (part.partition("]\n") for part in FILE.read_text(encoding="utf-8").split("\n["))
    tables = {heading: body for heading, _, body in parts}
    where = f"functions.{name}"
    row = _parsed(tables[where], where)
    return function_of(name, _parsed(tables["defaults"], "defaults") | row)


def _parsed(text: str, where: str) -> dict[str, Any]:
    """A table of strings, whole numbers and lists, each on one line, where TOML and Python are the same.

    Importing ``tomllib`` takes 5 ms, and parsing the whole file as much again.
    """
    row = {}
    for line in text.splitlines():
        column, _, value = line.partition(" = ")
        if value and not line.startswith("#"):
            try:
                row[column] = ast.literal_eval(value)
            except (SyntaxError, ValueError):
                raise ManifestError(
                    f"{where}: {column} is not a string, a whole number or a list on one line."
                ) from None
    return row


def function_of(name: str, row: dict[str, Any]) -> Function:
    """The function that the row, the defaults included, makes of itself.

    Raises:
        ManifestError: the row lacks something, holds something that is not known, or contradicts itself.
    """
    where = f"functions.{name}"
    require(name.isidentifier() and name == name.lower(), where, "that is not the name of a function")
    it = Function(**arguments_of(Function, name, row, where))
    require_one_of(CALLERS, it.caller, where, "caller")
    require_one_of(ACCOUNTS, it.account, where, "account")
    for column, caller in BELONGS_TO.items():
        require((column in row) == (it.caller == caller), where, f"the caller {caller} and a {column} go together")
    require(not it.schedule or len(it.schedule.split()) == 5, where, "a schedule is five fields of cron")
    require(not it.schedule_setting or bool(it.schedule), where, "a schedule_setting goes with a schedule")
    require(not it.path or _is_path(it.path), where, "a path is like posts/{postId}")
    require(it.memory[:-2].isdecimal() and it.memory[-2:] in ("Mi", "Gi"), where, "memory is like 512Mi or 2Gi")
    require(it.cpu >= 1 and it.requests >= 1, where, "cpu and requests are at least 1")
    require(0 <= it.min <= it.max and it.max >= 1, where, "min is from 0 to max, and max at least 1")
    longest = LONGEST_TRIGGER_SECONDS if it.is_trigger else LONGEST_TIMEOUT_SECONDS
    require(1 <= it.timeout <= longest, where, f"the timeout is from 1 to {longest} seconds")
    return it


def arguments_of(kind: type[Any], name: str, row: dict[str, Any], where: str) -> dict[str, Any]:
    """The arguments that make the row one of ``kind``, each of the type that it has there."""
    columns = kind.__annotations__
    for column in row:
        require(column in columns and column != "name", where, f"there is no column {column}")
    arguments: dict[str, Any] = {"name": name}
    for column, type_ in columns.items():
        if column in row:
            value = row[column]
            require(_fits(value, type_), where, f"{column} = {value!r} is of another type than it should be")
            arguments[column] = tuple(value) if isinstance(value, list) else value
        else:
            require(column == "name" or column in kind._field_defaults, where, f"{column} is missing")
    return arguments


def _fits(value: object, kind: object) -> bool:
    if kind is str:
        return isinstance(value, str) and value != ""
    if kind is float:
        return type(value) in (int, float)
    if kind in (int, bool):
        return type(value) is kind
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def is_constant(name: str) -> bool:
    """Whether it is written like the name of a variable."""
    return name.isidentifier() and name == name.upper()


def _is_path(path: str) -> bool:
    """Whether it matches the documents of one collection."""
    collection, _, document = path.partition("/")
    return collection.isidentifier() and document[1:-1].isidentifier() and document[:1] + document[-1:] == "{}"


def require_one_of(known: Collection[str], name: str, where: str, what: str) -> None:
    """Raises ManifestError when ``name`` is not known."""
    require(name in known, where, f"there is no {what} {name!r}, only {', '.join(filter(None, known))}")


def require(holds: bool, where: str, what: str) -> None:
    """Raises ManifestError, which says where and what, unless it holds."""
    if not holds:
        raise ManifestError(f"{where}: {what}.")
