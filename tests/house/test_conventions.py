"""Needs nothing but the source: what no other test would notice, kept true."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import settings as deployment
from local import sampling
from local.gateway import path_of
from shared.config import LOCAL_ONLY
from shared.manifest import FUNCTIONS, SECRETS
from tests.house.source import ROOT, importers, imports, module_name, modules

README = (ROOT / "README.md").read_text(encoding="utf-8")

HEAVY = (
    "PIL",
    "firebase_admin",
    "google.cloud.firestore",
    "google.cloud.storage",
    "google.cloud.tasks_v2",
    "google.genai",
    "grpc",
    "numpy",
    "stripe",
)
"""Each costs a cold start more than all that a function without it needs."""

WITHOUT_FIRESTORE = ["get_catalog"]

LOADED_BY: dict[str, set[str]] = {
    "confirm_checkout": {"stripe"},
    "create_checkout": {"stripe"},
    "open_portal": {"stripe"},
    "reconcile_payments": {"stripe"},
    "resolve_order": {"stripe"},
    "run_reload": {"stripe"},
    "set_auto_reload": {"stripe"},
    "stripe_webhook": {"stripe"},
}
"""What the import of a function loads of it, beside Firestore; the others load none. The rest is loaded when needed."""

IMPORTING = """
import json, sys
import flask, functions_framework, pydantic  # what every function needs
from shared.edge import entry_points

heavy, without_firestore, light = map(json.loads, sys.argv[1:])
assert not set(heavy) & set(sys.modules), set(heavy) & set(sys.modules)

def load(name):
    before = set(sys.modules)
    assert callable(entry_points.load(name))
    print(json.dumps([name, sorted(set(heavy) & set(sys.modules) - before)]), flush=True)

for name in without_firestore:
    load(name)
import google.cloud.firestore  # what all the others need
for name in light:  # the first that loads something is told; then it is there, and not told of the others
    load(name)
"""


def within_shared(path: Path) -> str:
    """Where the file is, from shared/."""
    return path.relative_to(ROOT / "shared").as_posix()


# -- one list of functions -----------------------------------------------------------------------------------------


def test_the_readme_lists_every_function_and_no_other() -> None:
    section = README.split("## The functions")[1].split("\n## ")[0]

    assert sorted(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == sorted(FUNCTIONS)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_file_defines_the_function_of_its_name_and_no_other_that_is_public(name: str) -> None:
    tree = ast.parse((ROOT / "functions" / f"{name}.py").read_text(encoding="utf-8"))
    public = [n.name for n in tree.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]

    assert public == [name]


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_files_docstring_begins_with_how_it_is_called(name: str) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / "functions" / f"{name}.py").read_text(encoding="utf-8"))) or ""
    path = path_of(name).removeprefix("/api")

    if FUNCTIONS[name].is_trigger:
        assert docstring.startswith("Firestore trigger on ")
    else:
        assert re.match(rf"(GET|POST) {path}: ", docstring)


# -- one way to make anything at Stripe ------------------------------------------------------------------------------


MAKERS = {"made", "made_in_attempts"}
"""Functions of ``stripe_client`` whose first argument is what makes something."""


def keyless(source: str) -> list[str]:
    """Every way in which the source makes something at Stripe other than by those that give it its key."""
    tree = ast.parse(source)
    given = {
        id(call.args[0])
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MAKERS and call.args
    }
    makers = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr.startswith("create")]
    return [text for n in makers if id(n) not in given and re.search(r"\bv1\b|\bstripe\b", text := ast.unparse(n))]


def test_whatever_is_made_at_stripe_has_a_key_of_ours() -> None:
    for path in modules("shared") + modules("functions"):
        assert keyless(path.read_text(encoding="utf-8")) == [], module_name(path)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("made(client().v1.refunds.create, parameters, name, 0)", []),
        ("client().v1.refunds.create(parameters)", ["client().v1.refunds.create"]),
        ("make = client().v1.refunds.create", ["client().v1.refunds.create"]),
        ("with reached():\n    stripe.Refund.create(**parameters)", ["stripe.Refund.create"]),
        ("made(parameters, client().v1.refunds.create)", ["client().v1.refunds.create"]),
        ("client.v1.invoices.create_preview({})", ["client.v1.invoices.create_preview"]),
    ],
)
def test_what_is_made_at_stripe_without_a_key_is_found(source: str, found: list[str]) -> None:
    assert keyless(source) == found


WRITES = {"set", "put", "update", "create", "delete"}


def writers_of_users(source: str) -> list[str]:
    """The functions that name the accounts' collection, or ask where an account is, and write something."""
    return [
        function.name
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.FunctionDef)
        and re.search(r"""["']users["'/]|wallets\.reference\(""", ast.unparse(function))
        and any(isinstance(n, ast.Attribute) and n.attr in WRITES for n in ast.walk(function))
    ]


WRITERS_OF_WALLETS = {
    "crediting.py",
    "freezing.py",
    "ledger_lines.py",
    "payments.py",
    "rebuilding.py",
    "reversals.py",
    "taking.py",
    "wallets.py",
}


def test_only_the_movements_of_money_write_wallets() -> None:
    """What goes another way than this sees is seen by the simulation, which asks of every commit where it came from."""
    for path in modules("shared") + modules("functions"):
        found = writers_of_users(path.read_text(encoding="utf-8"))
        assert found == [] or (path.parent.name == "money" and path.name in WRITERS_OF_WALLETS), path.name


@pytest.mark.parametrize(
    "statement",
    [
        'store().collection("users").document(user_id).update({"n": 1})',
        'store().document(f"users/{user_id}").set({})',
        'account = store().collection("users").document(user_id)\n    batch.delete(account)',
        'batch.update(wallets.reference(user_id), {"trial": 1})',
    ],
)
def test_another_writer_of_wallets_is_found(statement: str) -> None:
    assert writers_of_users(f"def act(user_id):\n    {statement}") == ["act"]


def test_the_stand_ins_share_one_server_one_client_and_one_timer() -> None:
    assert importers("werkzeug", "local") == {"local/net/http_server.py"}
    assert importers("http.server", "local") | importers("socketserver", "local") == set()
    assert importers("http.client", "local") == {"local/net/http_client.py"}
    assert importers("urllib.request", "local") | importers("httpx", "local") == set()
    assert importers("requests", "local") == {
        "local/demo/client.py",
        "local/demo/economy.py",
        "local/demo/portal.py",
        "local/demo/stage.py",
        "local/demo/stripe_account.py",
        "local/show/__main__.py",
        "local/user.py",
    }  # people, who are no stand-ins
    assert importers("heapq", "local") == {"local/net/timers.py"}
    assert importers("sched", "local") == set()


def test_only_the_cloud_speaks_to_firestore() -> None:
    """The others use its names, and hold neither the client nor what a call is bounded by."""
    libraries = ("google.cloud.firestore", "google.cloud.firestore_v1", "google.api_core")
    held = ("shared.cloud.clients.store", "shared.cloud.clients.STORE")
    speaking = set().union(*(importers(name, "functions", "shared") for name in (*libraries, *held)))

    assert {path for path in speaking if not path.startswith("shared/cloud/")} == set()


def test_only_config_reads_the_environment() -> None:
    reading = {
        path.relative_to(ROOT).as_posix()
        for folder in ("functions", "shared")
        for path in modules(folder)
        if re.search(r"\bos\.(environ|getenv)\b", path.read_text(encoding="utf-8"))
    }

    assert reading == {"shared/config.py"}


def test_only_the_clock_asks_for_the_time() -> None:
    asking = {
        path.relative_to(ROOT).as_posix()
        for folder in ("functions", "shared")
        for path in modules(folder)
        if "time" in imports(path) or re.search(r"\bdate(time)?\.(utcnow|now|today)\(", path.read_text("utf-8"))
    }

    assert asking == {"shared/clock.py"}


# -- a function pays for nothing that it does not need -------------------------------------------------------------


def loaded_by(without_firestore: list[str], others: list[str]) -> dict[str, set[str]]:
    """What each of the functions loads of what is heavy, beside Firestore and what one before it loaded."""
    result = subprocess.run(
        [sys.executable, "-c", IMPORTING, *map(json.dumps, (HEAVY, without_firestore, others))],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    return {name: set(heavy) for name, heavy in map(json.loads, result.stdout.splitlines())}


def test_importing_a_function_loads_nothing_heavy_but_firestore() -> None:
    light = sorted(FUNCTIONS.keys() - LOADED_BY.keys() - set(WITHOUT_FIRESTORE))

    assert loaded_by(WITHOUT_FIRESTORE, light) == {name: set() for name in (*WITHOUT_FIRESTORE, *light)}


@pytest.mark.deep
@pytest.mark.parametrize("name", sampling.one(list(LOADED_BY), "function that loads more"))
def test_importing_a_function_that_needs_more_loads_only_that(name: str) -> None:
    assert loaded_by([], [name]) == {name: LOADED_BY[name]}


# -- one list of variables -----------------------------------------------------------------------------------------


def variables() -> set[str]:
    """Every variable that config.py reads."""
    source = (ROOT / "shared" / "config.py").read_text(encoding="utf-8")
    read = set(re.findall(r'\bvalue\("([A-Z_]+)"', source))
    return read | set(LOCAL_ONLY) | {name for it in FUNCTIONS.values() for name in it.required}


def test_every_variable_that_is_read_stands_in_the_readme() -> None:
    section = README.split("## Configuration")[1].split("\n## ")[0]

    assert {name for name in variables() if f"`{name}`" not in section} == set()


def test_every_variable_in_the_readme_is_read() -> None:
    section = README.split("## Configuration")[1].split("\n## ")[0]

    assert set(re.findall(r"`([A-Z][A-Z_]+)`", section)) == variables()


EXAMPLES = {name: (ROOT / name).read_text(encoding="utf-8") for name in (".env.example", ".env.production.example")}
NOT_READ_BY_FUNCTIONS = {"BUDGET", "ALERT_EMAIL", "FIRESTORE_LOCATION", "AUDIT_SCHEDULE", "RECONCILE_SCHEDULE", "PORT"}
"""Settings of a deployment, and the site's port; the other ports of the local cloud end in ``_PORT``."""


def named(example: str) -> set[str]:
    """The variables that an example of an environment file names, settings of lines and of sentences."""
    return set(re.findall(r"\b(?:[A-Z]+_[A-Z_]+|ECONOMY|BUDGET)\b", EXAMPLES[example]))


def test_every_variable_stands_in_the_examples_of_environment_files() -> None:
    assert variables() - named(".env.example") == set()
    assert variables() - set(LOCAL_ONLY) - named(".env.production.example") == set()


def test_the_examples_of_environment_files_name_no_other_variable() -> None:
    for example in EXAMPLES:
        settings = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLES[example], re.MULTILINE))
        ports = {name for name in settings if name.endswith("_PORT")}
        assert settings - variables() - ports <= NOT_READ_BY_FUNCTIONS, example


def test_every_setting_of_a_deployment_stands_in_its_example_and_in_the_runbook() -> None:
    table = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").split("| setting |")[1].split("\n\n")[0]
    assigned = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLES[".env.production.example"], re.MULTILINE))

    assert assigned == set(deployment.KNOWN)
    assert set(re.findall(r"^ *\| `([A-Z_]+)` \|", table, re.MULTILINE)) == assigned - set(SECRETS)


def test_the_example_of_a_deployment_sets_nothing_that_a_deployed_function_refuses() -> None:
    assert set(LOCAL_ONLY) & named(".env.production.example") == set()


def test_every_variable_that_a_function_needs_is_one_that_is_read() -> None:
    source = (ROOT / "shared" / "config.py").read_text(encoding="utf-8")

    assert {name for name in variables() if f'value("{name}"' not in source} <= set(LOCAL_ONLY)


# -- whoever looks at many documents is stopped by none of them ------------------------------------------------------

LOOPS = (ast.While, ast.For)

PAGING_BY_THEMSELVES = {
    ("money/history.py", "lines"),  # of one user, for that user
    ("money/audit/ledger.py", "_orphans_behind"),  # names a few lines of nobody, between two wallets
    ("money/expiry.py", "_over"),  # finds less each time, and guards every wallet by itself
    ("money/reversals.py", "_brought"),  # tries one wallet again
    ("social/likes.py", "remove_all"),  # deletes what it finds, and looks into nothing
    ("social/posts.py", "recount"),  # tries one document again
    ("art/worker.py", "sweep"),  # guards every document by itself
    ("billing/unfinished.py", "look_again"),  # attempts every order by itself
    ("art/picture_sweep.py", "run"),  # pages of the bucket, and guards every object by itself
}
"""Functions that ask Firestore again and again without ``checkpoint``."""

BY_OTHERS = {"billing/reconciliation.py"}
"""What a scheduled function calls that leaves the paging, and the guarding, to files beside it."""


def asking_in_a_loop(source: str) -> set[str]:
    """The functions that ask for documents, or count or sum them, in a loop of their own."""
    return {
        function.name
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.FunctionDef)
        for loop in ast.walk(function)
        if isinstance(loop, LOOPS)
        for call in ast.walk(loop)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).rpartition(".")[2] in ("fetch", "aggregate", "measure", "get_all", "stream")
        # What a loop goes through is asked for once.
        and not (isinstance(loop, ast.For) and call in ast.walk(loop.iter))
    }


def test_nobody_pages_through_a_collection_but_the_walks() -> None:
    asking = {
        (within_shared(path), name)
        for path in modules("shared")
        if path.name != "checkpoint.py"
        for name in asking_in_a_loop(path.read_text(encoding="utf-8"))
    }

    assert asking <= PAGING_BY_THEMSELVES


def test_every_scheduled_job_is_a_walk_or_guards_its_documents_by_itself() -> None:
    for job in (it.name for it in FUNCTIONS.values() if it.schedule):
        needed = imports(ROOT / "functions" / f"{job}.py")
        called = [path for path in modules("shared") if module_name(path) in needed]
        walking = [path.name for path in called if "checkpoint.resume(" in path.read_text(encoding="utf-8")]
        by_itself = [
            path.name
            for path in called
            if within_shared(path) in BY_OTHERS | {name for name, _ in PAGING_BY_THEMSELVES}
        ]
        assert walking or by_itself, job


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def walk():\n    while page := fetch(query):\n        look(page)", {"walk"}),
        ("def walk():\n    for start in starts:\n        page = clients.fetch(query)", {"walk"}),
        ("def walk():\n    while True:\n        for each in fetch(query): pass", {"walk"}),
        ("def one():\n    for each in fetch(query):\n        look(each)", set()),
        ("def one():\n    return [each.id for each in fetch(query)]", set()),
    ],
)
def test_a_loop_that_asks_is_seen(source: str, found: set[str]) -> None:
    assert asking_in_a_loop(source) == found


# -- a call that nobody answers has an end -------------------------------------------------------------------------

ALWAYS_CALLS = {
    "batch_get_documents",
    "begin_transaction",
    "copy_blob",
    "create_task",
    "get_blob",
    "get_task",
    "list_blobs",
    "patch",
    "rollback",
    "run_aggregation_query",
    "run_query",
    "upload_from_string",
}
"""Methods of Google's clients that no other object of ours has."""

CALLS_OF_FIRESTORE = {"commit", "get_all"}
"""The same of Firestore's, whose names are also those of shared/cloud, which gives them their timeout."""

SPEAK_TO_FIRESTORE = {"clients.py", "commits.py", "documents.py", "queries.py", "transaction.py"}
"""The files of shared/cloud that call the library."""

WRITES = {"create", "delete", "set", "update"}
"""Methods of a document or an object in the bucket; of a batch too, where they only note what is to be written."""

CALLS_NOBODY = {"_noted", "_webhook_budget", "batch", "line[0]", "self._writes"}
"""What has methods of those names and makes no call: a batch, a context variable, an event of a thread."""


def calls_without_an_end(source: str, speaks_to_firestore: bool = True) -> list[str]:
    """The calls of Google's clients that say no timeout; ``**STORE`` and its kin say one."""
    tree = ast.parse(source)
    always = ALWAYS_CALLS | CALLS_OF_FIRESTORE if speaks_to_firestore else ALWAYS_CALLS
    imported = {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    found = []
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        method, receiver = call.func.attr, ast.unparse(call.func.value)
        makes_a_call = (
            method in always
            or (method == "get" and not call.args and receiver not in CALLS_NOBODY)  # a dictionary's takes a key
            or (method in WRITES and receiver not in imported | CALLS_NOBODY and not receiver.startswith("client().v1"))
        )
        if makes_a_call and not any(keyword.arg in (None, "timeout") for keyword in call.keywords):
            found.append(ast.unparse(call.func))
    return found


def test_every_call_of_googles_clients_has_a_timeout() -> None:
    unbounded = {
        (path.relative_to(ROOT).as_posix(), call)
        for folder in ("functions", "shared")
        for path in modules(folder)
        for call in calls_without_an_end(path.read_text(encoding="utf-8"), path.name in SPEAK_TO_FIRESTORE)
    }

    assert unbounded == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("store().collection('users').document('ada').get()", ["store().collection('users').document('ada').get"]),
        ("reference.get(**STORE)", []),
        ("fields.get('name')", []),
        ("batch.update(reference, fields)", []),
        ("batch.commit()", ["batch.commit"]),
        ("reference.update(fields)", ["reference.update"]),
        ("from shared import generations\ngenerations.update(it)", []),
        ("client.create_task(parent=parent, task=task)", ["client.create_task"]),
        ("client.create_task(parent=parent, task=task, timeout=5)", []),
    ],
)
def test_a_call_without_an_end_is_found(source: str, found: list[str]) -> None:
    assert calls_without_an_end(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from shared.cloud import documents\ndocuments.get_all(references)", []),
        ("batch.commit()", []),
        ("reference.update(fields)", ["reference.update"]),
        ("posts.reference(post_id).get()", ["posts.reference(post_id).get"]),
        ("api.run_query(request=request)", ["api.run_query"]),
    ],
)
def test_the_names_of_shared_cloud_need_no_end(source: str, found: list[str]) -> None:
    assert calls_without_an_end(source, speaks_to_firestore=False) == found
