"""``python -m local.manifest_files``: writes anew what is made of functions/manifest.toml.

These are the rewrites in firebase.json, which have Firebase Hosting send ``/api/<name>`` to the function, and the table
of functions in README.md. A test compares both with what is made.
"""

import json
from typing import Any

from local.gateway import path_of
from local.openapi.model import operations
from local.parts import LOCATION, ROOT
from shared.edge.access import ADMIN
from shared.manifest import FUNCTIONS, SUBJECTS, jobs_of
from shared.manifest_row import Function

FIREBASE = ROOT / "firebase.json"
README = ROOT / "README.md"

BEGINNING = "<!-- made of functions/manifest.toml by `python -m local.manifest_files` -->\n\n"
END = "\n<!-- end of what is made -->\n"


def write() -> None:
    """Overwrites both files."""
    FIREBASE.write_text(firebase_json(FIREBASE.read_text(encoding="utf-8")), encoding="utf-8")
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")


def firebase_json(text: str) -> str:
    """The file with the rewrites of every function that anybody may call, before those of pages; the rest stays."""
    config = json.loads(text)
    functions = [_rewrite(it) for it in sorted(FUNCTIONS.values(), key=_name) if not it.is_internal]
    pages = [rewrite for rewrite in config["hosting"]["rewrites"] if "run" not in rewrite]
    config["hosting"]["rewrites"] = [*functions, *pages]
    return json.dumps(config, indent=2, ensure_ascii=False) + "\n"


def readme(text: str) -> str:
    """The file with the table of functions between its two marks; the rest of it stays.

    Raises:
        ValueError: a mark is missing.
    """
    before, _, rest = text.partition(BEGINNING)
    _, _, after = rest.partition(END)
    if not after:
        raise ValueError(f"README.md lacks {BEGINNING!r} or {END!r} after it.")
    return before + BEGINNING + _table() + END + after


def _rewrite(it: Function) -> dict[str, Any]:
    return {"source": path_of(it.name), "run": {"serviceId": it.url_name, "region": LOCATION}}


def _table() -> str:
    lines = ["| function | called by | what it does |", "| --- | --- | --- |"]
    for subject, heading in SUBJECTS.items():
        rows = [it for it in FUNCTIONS.values() if it.subject == subject]
        if rows:
            lines.append(f"| **{heading}** | | |")
        lines += [f"| `{it.name}` | {_caller(it)} | {it.does} |" for it in rows]
    return "\n".join(lines) + "\n"


def _caller(it: Function) -> str:
    match it.caller:
        case "public":
            return _people(it)
        case "stripe":
            return "Stripe"
        case "tasks":
            return f"Cloud Tasks, from `{it.queue}`"
        case "scheduler":
            return f"Cloud Scheduler, at {' and '.join(f'`{job.schedule}`' for job in jobs_of(it))}"
        case _:
            return f"Firestore, on `{it.path}`"


def _people(it: Function) -> str:
    (operation,) = (one for one in operations() if one.name == it.name)
    if operation.access is ADMIN:
        return "administrators"
    return "the app" if operation.needs_token else "everyone"


def _name(it: Function) -> str:
    return it.name


if __name__ == "__main__":
    write()
