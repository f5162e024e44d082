"""What every HTTP function takes and answers: the contract that its decorator left, and the docstring of its file."""

import importlib
import inspect
import re
import textwrap
import typing
from dataclasses import dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import flask
from pydantic import BaseModel, ConfigDict, create_model

from local.gateway import path_of
from shared.edge.access import OPTIONAL_SIGN_IN, PUBLIC, Access
from shared.edge.endpoint import Contract
from shared.errors import (
    Contention,
    InvalidRequest,
    Malformed,
    Problem,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from shared.manifest import FUNCTIONS

_REFUSED_BY_ANY = (Problem, Unavailable, Contention)


@dataclass(frozen=True, slots=True)
class Operation:
    """One HTTP function, by its contract; ``docstring`` is that of its module."""

    name: str
    path: str
    contract: Contract
    docstring: str

    @property
    def method(self) -> str:
        return self.contract.method

    @property
    def access(self) -> Access[*tuple[Any, ...]] | None:
        """None where raw bytes are taken, whose signature says who sent them."""
        return self.contract.access

    @property
    def keyed(self) -> bool:
        return self.contract.keyed

    @property
    def model(self) -> type[BaseModel] | None:
        """None where raw bytes are taken."""
        return self.contract.model

    @property
    def answer(self) -> Any:
        """None where the answer is streamed, and is not JSON."""
        return None if self.contract.answer is flask.Response else self.contract.answer

    @property
    def status(self) -> int:
        return self.contract.status

    @property
    def waiting(self) -> Any:
        """The answer with 202, where not all is done yet; None where there is none such."""
        return self.contract.waiting

    @property
    def needs_token(self) -> bool:
        return self.access not in (PUBLIC, OPTIONAL_SIGN_IN)

    @property
    def is_internal(self) -> bool:
        return FUNCTIONS[self.name].is_internal

    @property
    def title(self) -> str:
        """The docstring's first sentence, without method and path."""
        return _text(self.docstring.partition("\n")[0].partition(": ")[2])

    @property
    def details(self) -> str:
        """The docstring without its first line."""
        return _text(textwrap.dedent(self.docstring.partition("\n")[2]).strip("\n"))

    @property
    def refusals(self) -> list[type[Problem]]:
        """Every problem that it can answer, by status: what ``@endpoint`` refuses, and what the docstring names."""
        found: set[type[Problem]] = {*_REFUSED_BY_ANY}
        if self.access is not None:
            found |= {*self.access.refusals}
        if self.model is not None:
            found.add(InvalidRequest)
        if self.method == "POST":
            found |= {Malformed, TooLarge, UnsupportedMediaType}
        _, _, named = self.docstring.partition("Refusals:")
        kinds = problems()
        found |= {kinds[slug] for slug in re.findall(r"[a-z]+(?:-[a-z]+)*", named) if slug in kinds}
        return sorted(found, key=lambda kind: (kind.status, kind.slug))


def _text(docstring: str) -> str:
    """A docstring's words as Markdown has them: code stands between single backticks."""
    return docstring.replace("``", "`")


def problems(kind: type[Problem] = Problem) -> dict[str, type[Problem]]:
    """Every kind of problem that a function can answer, by slug."""
    found = {kind.slug: kind}
    for below in kind.__subclasses__():
        if below.__module__.startswith("shared.") and not below.__name__.startswith("_"):
            found |= problems(below)
    return found


def operations() -> list[Operation]:
    """Every HTTP function, the public ones first, each by name."""
    found = [operation for name in FUNCTIONS if (operation := _operation(name)) is not None]
    return sorted(found, key=lambda operation: (operation.is_internal, operation.name))


def _operation(name: str) -> Operation | None:
    module = importlib.import_module(f"functions.{name}")
    contract = getattr(getattr(module, name), "contract", None)
    if contract is None:
        return None  # a trigger
    return Operation(name, path_of(name), contract, inspect.cleandoc(module.__doc__ or ""))


class AnswerModels:
    """TypedDicts as models, which have JSON schemas; pydantic itself takes those of Python 3.12 only."""

    def __init__(self) -> None:
        self._made: dict[Any, type[BaseModel]] = {}

    def of(self, answer: Any, prefix: str) -> Any:
        """The type with every TypedDict in it replaced. ``prefix`` tells two of the same name apart."""
        if is_typeddict(answer):
            return self._model(answer, prefix)
        parts = tuple(self.of(part, prefix) for part in get_args(answer) if part is not Ellipsis)
        origin: Any = get_origin(answer)
        if not parts or origin is typing.Literal:
            return answer
        if origin in (UnionType, typing.Union):
            return typing.Union[parts]  # noqa: UP007 - of a tuple
        return origin[parts]

    def _model(self, answer: Any, prefix: str) -> type[BaseModel]:
        if answer not in self._made:
            taken = {model.__name__ for model in self._made.values()}
            name = answer.__name__ if answer.__name__ not in taken else prefix + answer.__name__
            fields: dict[str, Any] = {
                field: (self.of(hint, prefix), ... if field in answer.__required_keys__ else None)
                for field, hint in get_type_hints(answer).items()
            }
            self._made[answer] = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
        return self._made[answer]


def camel(name: str) -> str:
    """``get_wallet`` as ``GetWallet``."""
    return "".join(part.capitalize() for part in name.split("_"))


def type_name(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """A JSON schema in a few words: ``integer, 1 to 100``."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"{{ {', '.join(definitions[name].get('properties', {}))} }}"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(type_name(option, definitions) for option in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{str(schema['const']).lower()}`"
    if schema.get("type") == "array":
        return f"list of {type_name(schema['items'], definitions)}" + _bounds(schema, "Items", " of them")
    kind = schema.get("format") or schema.get("type") or "any"
    return str(kind) + _bounds(schema, "Length", " characters") + _limits(schema)


def _bounds(schema: dict[str, Any], what: str, unit: str) -> str:
    low, high = schema.get(f"min{what}"), schema.get(f"max{what}")
    if low is None and high is None:
        return ""
    return f", {low}{unit} or more" if high is None else f", {low or 0} to {high}{unit}"


def _limits(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and high is None:
        return ""
    return f", {low} or more" if high is None else f", {low if low is not None else ''} to {high}"
