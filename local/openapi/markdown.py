"""``python -m local.openapi.markdown``: writes docs/api.md and docs/openapi.json from the functions themselves."""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from local.openapi import document
from local.openapi.document import HOST
from local.openapi.model import AnswerModels, Operation, operations, problems, type_name

DOCS = Path(__file__).resolve().parents[2] / "docs"

EXAMPLES: dict[str, object] = {
    "actionId": "00000000000000000000000000000001",
    "after": "00000000000000000000000000000001",
    "amount": 10,
    "approve": True,
    "areas": ["sky", "sea"],
    "caption": "Morning",
    "decision": "credit",
    "displayName": "Ada",
    "enabled": True,
    "cursor": "the nextCursor of the page before",
    "feature": "image",
    "style": "modern",
    "from": "2026-01-01",
    "frozen": True,
    "generationId": "00000000000000000000000000000001",
    "id": "00000000000000000000000000000001",
    "kind": "parked",
    "limit": 20,
    "monthlyCap": 5000,
    "note": "the outage of Monday",
    "orderId": "cs_test_a1b2c3",
    "package": "popular",
    "payWith": "tokens",
    "postId": "00000000000000000000000000000001",
    "prompt": "a lighthouse in fog",
    "property": "villa-1",
    "publish": True,
    "reason": "goodwill",
    "recipientId": "Xk3vQpA1mZc7",
    "sessionId": "cs_test_a1b2c3",
    "threshold": 20,
    "to": "2027-01-01",
    "type": "purchase",
    "userId": "Xk3vQpA1mZc7",
    "window": 1,
    "windowSeconds": 1,
}
"""A value for every field and parameter that there is; a new one needs one here."""

INTRODUCTION = """\
# The API

Made by `python -m local.openapi.markdown` from the functions' own models and contracts: change those, not this
file. The same as OpenAPI 3.1 is in [openapi.json](openapi.json), which the local gateway serves at `/api/openapi.json`.

Every function answers at `/api/<name>` of the web app's own origin, and at its own URL, which `deploy.sh` prints.

* **Who calls**: `Authorization: Bearer <Firebase ID token>`, from `await user.getIdToken()`.
* **Bodies** are JSON objects with `Content-Type: application/json`, at most 64 KiB. Unknown fields are refused.
* **Idempotency-Key**: where it says so, send one (1 to 64 letters, digits, hyphens), and the same one again when you
  retry: nothing moves twice. The same key with another body is 409.
* **Amounts** are whole tokens; money is in minor units (cents); times are RFC 3339 in UTC.
* **Refusals** are `application/problem+json`; act on `type`, show `detail`. 429 and 503 come with `Retry-After`.
"""


def write() -> None:
    """Writes both files."""
    DOCS.mkdir(exist_ok=True)
    (DOCS / "api.md").write_text(markdown(), encoding="utf-8")
    (DOCS / "openapi.json").write_text(json.dumps(document.document(), indent=2) + "\n", encoding="utf-8")


def markdown() -> str:
    """docs/api.md."""
    everything = operations()
    public = [operation for operation in everything if not operation.is_internal]
    index = "\n".join(
        f"| [`{operation.name}`](#{operation.name}) | {operation.method} | {operation.title} |" for operation in public
    )
    internal = "\n\n".join(
        f"### `{operation.name}`\n\n{operation.title}\n\n{_contract(operation)}"
        for operation in everything
        if operation.is_internal
    )
    rows = "\n".join(
        f"| {kind.status} | `{slug}` | {kind.title} |"
        for slug, kind in sorted(problems().items(), key=lambda item: (item[1].status, item[0]))
    )
    return "\n".join(
        (
            INTRODUCTION,
            f"| function | method | what it does |\n| --- | --- | --- |\n{index}\n",
            "\n".join(_section(operation) for operation in public),
            "## Refusals\n\n| status | `type` | title |\n| --- | --- | --- |",
            f"{rows}\n",
            "## Functions that only Google calls\n\nWith a token of the invoker account; they are not under `/api`.\n",
            f"{internal}\n",
        )
    )


def _section(operation: Operation) -> str:
    parts = [f"## {operation.name}", f"`{operation.method} {operation.path}`: {operation.title}", _who(operation)]
    parts.append(_contract(operation))
    if operation.model is not None and (table := _table(operation.model.model_json_schema())):
        parts.append(f"{'Field' if operation.method == 'POST' else 'Parameter'}s:\n\n{table}")
    if operation.answer is not None:
        model = AnswerModels().of(operation.answer, "")
        parts.append(f"Answer, {operation.status}:\n\n{_table(TypeAdapter(model).json_schema())}")
    if operation.waiting is not None:
        model = AnswerModels().of(operation.waiting, "")
        parts.append(f"Answer, 202:\n\n{_table(TypeAdapter(model).json_schema())}")
    if operation.model is not None:
        parts.append(f"```sh\n{curl(operation)}\n```\n\n```js\n{fetch(operation)}\n```")
    return "\n\n".join(parts) + "\n"


def _who(operation: Operation) -> str:
    if operation.access is None:
        return "Called by Stripe, which signs the raw body."
    key = " Needs an `Idempotency-Key`." if operation.keyed else ""
    seconds = operation.contract.cached_seconds
    cached = f" Without a token, shared caches keep the answer for {seconds} seconds." if seconds else ""
    return f"For {operation.access.who}.{key}{cached}"


def _contract(operation: Operation) -> str:
    return f"```text\n{operation.details}\n```"


def _table(schema: dict[str, Any]) -> str:
    definitions, required = schema.get("$defs", {}), schema.get("required", ())
    rows = []
    for name, field in schema.get("properties", {}).items():
        default = "" if name in required else f", default `{json.dumps(field.get('default'))}`"
        rows.append(f"| `{name}` | {type_name(field, definitions)}{default} |")
    return "\n".join(("| name | type |", "| --- | --- |", *rows)) if rows else ""


def example(operation: Operation) -> dict[str, object]:
    """A valid input: every field of a body; for a query its own example, or what it requires, or nothing."""
    if operation.model is None:
        return {}
    schema = operation.model.model_json_schema()
    if own := schema.get("examples"):
        return dict(own[0])
    wanted = schema.get("properties", {}) if operation.method == "POST" else schema.get("required", ())
    return {name: EXAMPLES[name] for name in wanted}


def curl(operation: Operation) -> str:
    """The call from a shell, with the caller's token in TOKEN."""
    lines = [f"curl '{HOST}{operation.path}{_query(operation)}'"]
    if operation.needs_token:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if operation.keyed:
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if operation.method == "POST":
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d '{json.dumps(example(operation))}'")
    return " \\\n  ".join(lines)


def fetch(operation: Operation) -> str:
    """The call from a web page of the same origin, with a signed-in ``user`` of Firebase Auth."""
    headers = []
    if operation.needs_token:
        headers.append("Authorization: `Bearer ${await user.getIdToken()}`")
    if operation.keyed:
        headers.append('"Idempotency-Key": crypto.randomUUID()')
    if operation.method == "POST":
        headers.append('"Content-Type": "application/json"')
    options = []
    if operation.method == "POST":
        options.append('method: "POST"')
    if headers:
        options.append("headers: {\n    " + ",\n    ".join(headers) + ",\n  }")
    if operation.method == "POST":
        options.append(f"body: JSON.stringify({json.dumps(example(operation))})")
    target = json.dumps(operation.path + _query(operation))
    call = f"{target}, {{\n  " + ",\n  ".join(options) + ",\n}" if options else target
    read = "text" if operation.answer is None else "json"
    return f"const response = await fetch({call});\nconst answer = await response.{read}();"


def _query(operation: Operation) -> str:
    if operation.method == "POST" or not example(operation):
        return ""
    return "?" + "&".join(f"{name}={value}" for name, value in example(operation).items())


if __name__ == "__main__":
    write()
    sys.stdout.write("docs/api.md and docs/openapi.json are written.\n")
