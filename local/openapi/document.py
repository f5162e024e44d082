"""docs/openapi.json: every HTTP function as OpenAPI 3.1, made from its models and its contract."""

import itertools
import json
import tomllib
from pathlib import Path
from typing import Any, is_typeddict

from openapi_pydantic import OpenAPI
from pydantic import BaseModel, TypeAdapter, create_model
from pydantic.json_schema import models_json_schema

from local.openapi.model import AnswerModels, Operation, camel, operations, problems
from shared.edge.access import SERVICE
from shared.errors import (
    BudgetUsedUp,
    DailyLimit,
    DoesNotAddUp,
    FairUseReached,
    InsufficientTokens,
    InvalidRequest,
    MethodNotAllowed,
    Problem,
    TokensOwed,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)

PROJECT = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

REFERENCE = "#/components/schemas/{model}"
HOST = "https://YOUR-PROJECT.web.app"
LOCAL_HOST = "http://127.0.0.1:8000"

INTEGER = {"type": "integer"}
MOMENT = {"type": "string", "format": "date-time"}

MEMBERS: dict[type[Problem], dict[str, Any]] = {
    InsufficientTokens: dict.fromkeys(("balance", "required", "shortfall"), INTEGER),
    TokensOwed: {"debt": INTEGER, "balance": INTEGER},
    DailyLimit: {"limit": INTEGER, "left": INTEGER, "resetsAt": MOMENT},
    FairUseReached: {"perDay": INTEGER, "resetsAt": MOMENT},
    BudgetUsedUp: {"resetsAt": MOMENT},
    DoesNotAddUp: {"findings": {"type": "array", "items": {"type": "object"}}},
    MethodNotAllowed: {"allowed": {"type": "array", "items": {"type": "string"}}},
    InvalidRequest: {
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        }
    },
}
"""What a problem carries beside the members that RFC 9457 gives to all."""

SOMETIMES: dict[type[Problem], dict[str, Any]] = {
    InsufficientTokens: {"trialRemaining": INTEGER, "canReload": {"type": "boolean"}},
}
"""What it carries beside those where somebody asks about what is their own."""

HEADERS: dict[type[Problem], str] = {
    Unauthenticated: "WWW-Authenticate",
    MethodNotAllowed: "Allow",
    TooManyRequests: "Retry-After",
    Unavailable: "Retry-After",
}
"""The header that a refusal comes with."""

EVENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "https://docs.stripe.com/api/events/object",
    "required": ["id", "object", "type", "livemode", "data"],
    "properties": {
        "id": {"type": "string"},
        "object": {"const": "event"},
        "type": {"type": "string"},
        "livemode": {"type": "boolean"},
        "data": {"type": "object", "properties": {"object": {"type": "object"}}},
    },
}


def document() -> dict[str, Any]:
    """The document, checked against the specification's own model."""
    models, answers, waiting = AnswerModels(), {}, {}
    schemas: list[tuple[type[BaseModel], Any]] = []
    everything = operations()
    for operation in everything:
        if is_typeddict(operation.answer):
            answers[operation.name] = models.of(operation.answer, camel(operation.name))
            schemas.append((answers[operation.name], "serialization"))
        if operation.waiting is not None:
            waiting[operation.name] = models.of(operation.waiting, camel(operation.name))
            schemas.append((waiting[operation.name], "serialization"))
        if operation.model is not None and operation.method == "POST":
            schemas.append((_input(operation), "validation"))
    _, definitions = models_json_schema(schemas, ref_template=REFERENCE)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Guilder",
            "version": PROJECT["version"],
            "description": "The token economy of a platform for AI art.",
            "license": {"name": PROJECT["license"], "identifier": PROJECT["license"]},
        },
        "servers": [{"url": HOST}, {"url": LOCAL_HOST, "description": "make dev"}],
        "tags": [
            {"name": "api", "description": "For people and for Stripe."},
            {"name": "internal", "description": "Only Google calls them; deployed, each has a URL of its own."},
        ],
        "paths": {
            operation.path: {
                operation.method.lower(): _path_item(
                    operation, answers.get(operation.name), waiting.get(operation.name)
                )
            }
            for operation in everything
        },
        "components": {
            "schemas": {
                **{name: _plain(schema) for name, schema in definitions["$defs"].items()},
                **{kind.__name__: _problem_schema(kind) for kind in problems().values()},
            },
            "responses": _responses(everything),
            "securitySchemes": {
                "firebase": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "service": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The OIDC token of the invoker account, for exactly this function's URL.",
                },
            },
        },
    }
    OpenAPI.model_validate(document)
    return document


def _problem_schema(kind: type[Problem]) -> dict[str, Any]:
    members, sometimes = _members_of(kind, MEMBERS), _members_of(kind, SOMETIMES)
    return {
        "type": "object",
        "description": "RFC 9457",
        "additionalProperties": False,
        "required": ["type", "title", "status", "detail", *members],
        "properties": {
            "type": {"const": kind.slug},
            "title": {"const": kind.title},
            "status": {"const": kind.status},
            "detail": {"type": "string"},
            **members,
            **sometimes,
        },
    }


def _members_of(kind: type[Problem], table: dict[type[Problem], dict[str, Any]]) -> dict[str, Any]:
    return {name: member for base, extra in table.items() if issubclass(kind, base) for name, member in extra.items()}


def _refusals(operation: Operation) -> dict[str, Any]:
    """References to the refusals, by status."""
    return {
        str(kinds[0].status): {"$ref": f"#/components/responses/{_response_name(kinds)}"}
        for kinds in _by_status(operation)
    }


def _by_status(operation: Operation) -> list[list[type[Problem]]]:
    return [list(group) for _, group in itertools.groupby(operation.refusals, key=lambda kind: kind.status)]


def _response_name(kinds: list[type[Problem]]) -> str:
    return "Or".join(kind.__name__ for kind in kinds)


def _responses(everything: list[Operation]) -> dict[str, Any]:
    """Every combination of refusals that one status stands for somewhere."""
    found = {_response_name(kinds): kinds for operation in everything for kinds in _by_status(operation)}
    return {name: _response(kinds) for name, kinds in sorted(found.items())}


def _response(kinds: list[type[Problem]]) -> dict[str, Any]:
    schemas = [{"$ref": REFERENCE.format(model=kind.__name__)} for kind in kinds]
    response: dict[str, Any] = {
        "description": ", ".join(kind.slug for kind in kinds),
        "content": {"application/problem+json": {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}},
    }
    headers = [header for base, header in HEADERS.items() if issubclass(kinds[0], base)]
    if headers:
        response["headers"] = {name: {"required": True, "schema": {"type": "string"}} for name in headers}
    return response


def _plain(schema: Any) -> Any:
    """The schema without what pydantic adds and no reader needs: titles, which repeat the names, and defaults.

    Generators take a field with a ``default`` for one that is always there, so that of a request is said in words.
    """
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _plain(value) for name, value in schema.items() if not (name == "title" and isinstance(value, str))}
    if "default" in plain and plain.pop("default") is not None:
        plain["description"] = f"Default: {json.dumps(schema['default'])}"
    return plain


def _input(operation: Operation) -> type[BaseModel]:
    """The model under a name that no other function's has."""
    if operation.model is None:
        raise ValueError(f"{operation.name} takes raw bytes")
    return create_model(f"{camel(operation.name)}Request", __base__=operation.model, __doc__="")


def _path_item(operation: Operation, answer: type[BaseModel] | None, waiting: type[BaseModel] | None) -> dict[str, Any]:
    item: dict[str, Any] = {
        "operationId": operation.name,
        "tags": ["internal" if operation.is_internal else "api"],
        "summary": operation.title,
        "description": operation.details,
        "parameters": _parameters(operation),
        "responses": {
            str(operation.status): {
                "description": "done",
                **_caching(operation),
                "content": _content(operation, answer),
            },
            **({"202": {"description": "waiting", "content": _content(operation, waiting)}} if waiting else {}),
            **_refusals(operation),
        },
    }
    if operation.access is not None:
        token: dict[str, list[str]] = {"service" if operation.access is SERVICE else "firebase": []}
        item["security"] = [token] if operation.needs_token else [{}, token]
    if operation.method == "POST":
        body = EVENT_SCHEMA
        if operation.model is not None:
            body = {"$ref": REFERENCE.format(model=_input(operation).__name__)}
        item["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return item


def _caching(operation: Operation) -> dict[str, Any]:
    """The headers of an answer that caches may keep; all others are ``no-store``."""
    if not operation.contract.cached_seconds:
        return {}
    schema = {"type": "string"}
    return {"headers": {name: {"required": True, "schema": schema} for name in ("Cache-Control", "Vary")}}


def _content(operation: Operation, answer: type[BaseModel] | None) -> dict[str, Any]:
    if answer is not None:
        return {"application/json": {"schema": {"$ref": REFERENCE.format(model=answer.__name__)}}}
    if operation.answer is not None:
        return {"application/json": {"schema": TypeAdapter(operation.answer).json_schema()}}
    return {"text/csv": {"schema": {"type": "string"}}}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = []
    if operation.model is None:
        parameters.append({"name": "Stripe-Signature", "in": "header", "required": True, "schema": {"type": "string"}})
    if operation.keyed:
        key = {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": key})
    if operation.method == "GET" and operation.model is not None:
        schema = operation.model.model_json_schema()
        parameters += [
            {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": _given(field)}
            for name, field in schema.get("properties", {}).items()
        ]
    return parameters


def _given(field: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter when it is there: a query knows no null."""
    options = [option for option in field.get("anyOf", ()) if option != {"type": "null"}]
    given = options[0] if len(options) == 1 else field
    return {name: value for name, value in given.items() if name != "title"}
