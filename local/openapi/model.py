"""What every HTTP function takes and answers, read from its file: the decorator, the models, the contract on top."""

import ast
import importlib
import inspect
import re
import textwrap
import typing
from dataclasses import dataclass
from types import ModuleType, UnionType
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

from pydantic import BaseModel, ConfigDict, create_model

from local.gateway import FUNCTIONS, INTERNAL, path_of
from shared.edge.access import Access
from shared.edge.requests import Body
from shared.errors import (
    AnonymousNotAllowed,
    Contention,
    EmailNotVerified,
    Forbidden,
    InvalidRequest,
    Malformed,
    Problem,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)

_REFUSED_BY_ACCESS: dict[Access, tuple[type[Problem], ...]] = {
    Access.PUBLIC: (Unauthenticated, Forbidden),
    Access.SIGNED_IN: (Unauthenticated, Forbidden, AnonymousNotAllowed),
    Access.VERIFIED: (Unauthenticated, Forbidden, AnonymousNotAllowed, EmailNotVerified),
    Access.SERVICE: (Unauthenticated, Forbidden),
}
_REFUSED_BY_ANY = (Problem, Unavailable, Contention)


@dataclass(frozen=True, slots=True)
class Operation:
    """One HTTP function. ``model`` is None where it takes raw bytes; ``answer`` is None where it streams no JSON."""

    name: str
    method: str
    path: str
    access: Access | None
    keyed: bool
    model: type[BaseModel] | None
    answer: Any
    status: int
    contract: str

    @property
    def is_internal(self) -> bool:
        return self.name in INTERNAL

    @property
    def title(self) -> str:
        """The contract's first sentence, without method and path."""
        return self.contract.partition("\n")[0].partition(": ")[2]

    @property
    def details(self) -> str:
        """The contract without its first line."""
        return textwrap.dedent(self.contract.partition("\n")[2]).strip("\n")

    @property
    def refusals(self) -> list[type[Problem]]:
        """Every problem that it can answer, by status: what ``@endpoint`` refuses, and what the contract names."""
        found: set[type[Problem]] = {*_REFUSED_BY_ANY}
        if self.access is not None:
            found |= {*_REFUSED_BY_ACCESS[self.access]}
        if self.model is not None:
            found.add(InvalidRequest)
        if self.method == "POST":
            found |= {Malformed, TooLarge, UnsupportedMediaType}
        _, _, named = self.contract.partition("Refusals:")
        kinds = problems()
        found |= {kinds[slug] for slug in re.findall(r"[a-z]+(?:-[a-z]+)*", named) if slug in kinds}
        return sorted(found, key=lambda kind: (kind.status, kind.slug))


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
    handler = next(
        node
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    )
    decorator = handler.decorator_list[0]
    if not isinstance(decorator, ast.Call):
        return None  # a trigger
    answer = _evaluated(handler.returns, module)
    status = 202 if get_origin(answer) is tuple else 200  # the one status besides 200 that a handler names
    if get_origin(answer) is tuple:
        answer = get_args(answer)[0]
    given = [_evaluated(argument, module) for argument in decorator.args]
    is_raw = not isinstance(given[0], type)
    model = None if is_raw else given[0]
    return Operation(
        name=name,
        method="POST" if is_raw or issubclass(given[0], Body) else "GET",
        path=path_of(name),
        access=None if is_raw else given[1] if len(given) > 1 else Access.SIGNED_IN,
        keyed=any(keyword.arg == "keyed" for keyword in decorator.keywords),
        model=model,
        answer=answer if is_typeddict(answer) or get_origin(answer) is dict else None,
        status=status,
        contract=inspect.cleandoc(module.__doc__ or ""),
    )


def _evaluated(expression: ast.expr | None, module: ModuleType) -> Any:
    return eval(ast.unparse(expression), vars(module)) if expression else None  # noqa: S307 - our own source


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
                field: (self.of(hint, prefix), ...) for field, hint in get_type_hints(answer).items()
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
        return " or ".join(type_name(option, definitions) for option in schema["anyOf"])
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
