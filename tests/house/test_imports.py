"""Needs nothing but the source: who may import whom, and who may write what, as tables.

An exception stands in its table with a reason, and fails when it is not needed any more.
"""

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.source import ROOT, from_root, imports, imports_of, modules

TOP = ("functions", "shared", "local", "deploy", "simulation", "bench", "tests")

GROUND = {path.stem for path in (ROOT / "shared").glob("*.py")} | {"economy"}
"""Modules right under shared/, and the model of economy files: what every room may import."""

MAY_IMPORT: dict[str, set[str]] = {
    "cloud": set(),
    "edge": {"cloud"},
    "ledger": set(),
    "money": {"ledger", "cloud"},
    "social": {"cloud"},
    "billing": {"money", "ledger", "cloud"},
    "art": {"money", "social", "ledger", "cloud"},
    "operators": {"billing", "cloud", "ledger", "money"},
    "people": {"art", "billing", "cloud", "ledger", "money", "social"},
}
"""The rooms of shared/, and what each may import beside the ground and itself."""

LEDGER_GROUND = {"errors", "idempotency"}
"""What the rules of the economy may import of the ground: they have no clock, no environment, no input or output."""

SUBJECTS = set(MAY_IMPORT) - {"edge", "cloud"}
SUBJECTS_OF_A_FUNCTION = 2

ONLY_IN: dict[str, set[str]] = {
    "firebase_admin": {"shared/edge/identity.py"},
    "google.cloud.firestore": {"shared/cloud/"},
    "google.cloud.storage": {"shared/art/media.py", "shared/art/picture_sweep.py", "shared/cloud/clients.py"},
    "google.cloud.tasks": {"shared/cloud/"},
    "stripe": {
        "shared/billing/stripe_client.py",
        "shared/billing/stripe_customers.py",
        "shared/billing/stripe_invoices.py",
        "shared/billing/stripe_prices.py",
        "shared/billing/stripe_reloads.py",
        "shared/billing/stripe_reversals.py",
        "shared/billing/stripe_sessions.py",
        "shared/billing/stripe_subscriptions.py",
        "shared/billing/webhook.py",
    },
}
"""Libraries, in any of their versions, that the deployed code imports in one place: files, or a folder."""

NEVER: dict[str, set[str]] = {
    "functions": {"functions", "local", "deploy", "simulation", "bench", "tests"},
    "shared": {"functions", "local", "deploy", "simulation", "bench", "tests"},
    "deploy": {"functions", "local", "simulation", "bench", "tests"},
    "local": {"simulation", "bench", "tests"},
}
"""Folders, and what they never import. Tests, the simulation and the benchmark may import everything."""

EXCEPTIONS: dict[tuple[str, str], str] = {}
"""What is imported against the tables, by file and module, and why."""


@dataclass(frozen=True)
class Import:
    file: str
    module: str

    @property
    def room(self) -> str:
        """The room of shared/ that is imported, or the module of its ground; empty for everything else."""
        parts = self.module.split(".")
        return parts[1] if parts[0] == "shared" and len(parts) > 1 else ""


def imported(folder: str) -> Iterator[Import]:
    for path in modules(folder):
        for module in sorted(imports(path)):
            yield Import(from_root(path), module)


def breaks_a_rule_of_rooms(one: Import) -> bool:
    """Whether a file of shared/ imports a room that its own may not import."""
    _, own, *inner = one.file.split("/")
    if not one.room:
        return False
    if not inner or own in GROUND:
        return one.room not in GROUND
    if one.room in GROUND:
        return own == "ledger" and one.room not in LEDGER_GROUND
    return one.room != own and one.room not in MAY_IMPORT[own]


def misplaced_library(one: Import) -> str | None:
    """The library that the file may not import, None where it may."""
    for library, places in ONLY_IN.items():
        if re.match(rf"{re.escape(library)}(_v\d+)?(\.|$)", one.module) and not one.file.startswith(tuple(places)):
            return library
    return None


def breaks_a_rule_of_folders(one: Import) -> bool:
    return one.module.split(".")[0] in NEVER.get(one.file.split("/")[0], ())


def only_prepared(source: str) -> set[str]:
    """The names that a function imports from shared.cloud and uses otherwise than by ``cold_start.prepare(name)``."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shared.cloud")
        for alias in node.names
    }
    prepared = {
        argument
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "cold_start.prepare"
        for argument in node.args
    }
    used = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in names and n not in prepared]
    return {node.id for node in used}


def rooms_of(source: str) -> set[str]:
    """The subject rooms that a function imports."""
    return {Import("", module).room for module in imports_of(source)} & SUBJECTS


# -- who imports whom ------------------------------------------------------------------------------------------------


def test_every_room_has_its_row() -> None:
    assert {path.parent.name for path in (ROOT / "shared").glob("*/__init__.py")} == {*MAY_IMPORT, "economy"}


def test_imports_keep_to_the_tables() -> None:
    everything = [one for folder in TOP for one in imported(folder)]
    broken = {
        (one.file, one.module)
        for one in everything
        if breaks_a_rule_of_folders(one) or (one.file.startswith("shared/") and breaks_a_rule_of_rooms(one))
    }
    # ``from a import b`` counts twice: the shorter name says it.
    broken = {(file, module) for file, module in broken if (file, module.rpartition(".")[0]) not in broken}
    broken |= {
        (one.file, library)
        for one in everything
        if one.file.startswith(("functions/", "shared/")) and (library := misplaced_library(one))
    }

    assert broken == set(EXCEPTIONS)


@pytest.mark.parametrize(
    ("file", "module"),
    [
        ("shared/log.py", "shared.cloud.clients"),
        ("shared/cold_start.py", "shared.edge.framework"),
        ("shared/economy/chosen.py", "shared.cloud.documents"),
        ("shared/cloud/queue.py", "shared.money.wallets"),
        ("shared/edge/endpoint.py", "shared.money"),
        ("shared/ledger/tip.py", "shared.clock"),
        ("shared/ledger/tip.py", "shared.cloud.documents"),
        ("shared/money/wallets.py", "shared.billing.orders"),
        ("shared/money/wallets.py", "shared.art.media"),
        ("shared/money/wallets.py", "shared.social.posts"),
        ("shared/money/wallets.py", "shared.edge.answers"),
        ("shared/social/posts.py", "shared.money.wallets"),
        ("shared/billing/orders.py", "shared.art.generations"),
        ("shared/art/media.py", "shared.edge.fields"),
        ("shared/people/accounts.py", "shared.edge.answers"),
        ("shared/operators/grants.py", "shared.edge.access"),
        ("shared/operators/grants.py", "shared.people.accounts"),
    ],
)
def test_an_import_between_rooms_that_do_not_know_each_other_is_found(file: str, module: str) -> None:
    assert breaks_a_rule_of_rooms(Import(file, module))


@pytest.mark.parametrize(
    ("file", "module"),
    [
        ("shared/money/wallets.py", "stripe"),
        ("shared/edge/access.py", "firebase_admin.auth"),
        ("shared/money/wallets.py", "google.cloud.firestore"),
        ("shared/money/wallets.py", "google.cloud.firestore_v1.batch"),
        ("functions/tip.py", "google.cloud.tasks_v2"),
        ("shared/art/pictures.py", "google.cloud.storage"),
    ],
)
def test_a_library_outside_of_its_place_is_found(file: str, module: str) -> None:
    assert misplaced_library(Import(file, module))


@pytest.mark.parametrize(
    ("file", "module"),
    [
        ("functions/tip.py", "functions.generate"),
        ("shared/log.py", "functions.tip"),
        ("shared/log.py", "local.parts"),
        ("local/dev.py", "tests.support.api"),
        ("deploy/plan.py", "local.gateway"),
    ],
)
def test_an_import_of_what_is_not_there_when_it_runs_is_found(file: str, module: str) -> None:
    assert breaks_a_rule_of_folders(Import(file, module))


USES_OF_THE_CLOUD = {"export_transactions": {"Snapshot"}}
"""Exceptions: the lines of the ledger reach the function as documents."""


@pytest.mark.parametrize("path", modules("functions"), ids=lambda path: path.stem)
def test_a_function_knows_two_subjects_at_most_and_of_the_cloud_what_it_prepares(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    assert len(rooms_of(source)) <= SUBJECTS_OF_A_FUNCTION
    assert only_prepared(source) == USES_OF_THE_CLOUD.get(path.stem, set())


def test_a_function_that_uses_the_cloud_is_found() -> None:
    preparing = "from shared.cloud.clients import bucket\ncold_start.prepare(bucket)"

    assert only_prepared(preparing) == set()
    assert only_prepared(f"{preparing}\nbucket().blob(name)") == {"bucket"}


def test_the_ledger_does_no_input_or_output() -> None:
    found = {name for path in modules("shared/ledger") for name in imports(path)}

    assert {name for name in found if "." not in name} <= {
        "collections",
        "dataclasses",
        "datetime",
        "fractions",
        "hashlib",
        "typing",
    }


def test_the_subjects_of_a_function_are_counted() -> None:
    assert rooms_of("from shared.art import media\nfrom shared.social import posts\nimport shared.money.wallets") == {
        "art",
        "money",
        "social",
    }


@pytest.mark.parametrize("folder", TOP)
def test_a_folder_of_ours_hides_no_library_and_its_init_has_no_code(folder: str) -> None:
    assert folder not in importlib.metadata.packages_distributions()
    assert folder not in sys.stdlib_module_names
    inits = [ast.parse(path.read_text(encoding="utf-8")) for path in modules(folder) if path.name == "__init__.py"]
    assert all(not init.body or (len(init.body) == 1 and ast.get_docstring(init)) for init in inits)


# -- who writes what ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Owner:
    """The one file of shared/ that writes a collection, and the files that name it: the others ask those."""

    file: str
    named_by: frozenset[str]


def owned(file: str, *named_by: str) -> Owner:
    return Owner(file, frozenset(named_by))


OWNERS: dict[str, Owner] = {
    "users": owned(
        "money/wallets.py",
        "money/expiry.py",
        "money/freezing.py",
        "money/wallets.py",
        "money/audit/ledger.py",
        "money/audit/walks.py",
    ),
    "transactions": owned(
        "money/wallets.py",
        "money/history.py",
        "money/audit/ledger.py",
        "money/audit/whole_wallets.py",
        "money/rebuilding.py",
    ),
    "profiles": owned(
        "people/accounts.py", "people/accounts.py", "social/authors.py", "social/counters.py", "social/posts.py"
    ),
    "posts": owned("social/posts.py", "social/posts.py", "social/authors.py", "social/counters.py"),
    "meters": owned("art/meters.py", "art/meters.py"),
    "likes": owned("social/likes.py", "social/likes.py", "social/counters.py"),
    "generations": owned("art/generations.py", "art/generations.py", "art/worker.py", "people/explanations.py"),
    "orders": owned(
        "billing/orders.py",
        "billing/attention.py",
        "billing/open_pages.py",
        "billing/orders.py",
        "billing/reloads.py",
        "billing/unfinished.py",
        "money/audit/found_before.py",
        "money/audit/ledger.py",
        "money/audit/paid_orders.py",
        "money/audit/whole_wallets.py",
        "money/benefit_fields.py",
        "money/rebuilding.py",
        "money/reversals.py",
        "people/explanations.py",
    ),
    "subscriptions": owned("billing/subscriptions.py", "billing/subscriptions.py"),
    "checkouts": owned("billing/claims.py", "billing/claims.py"),
    "checkoutKeys": owned("billing/checkouts.py", "billing/checkouts.py", "people/explanations.py"),
    "offers": owned("billing/offers.py", "billing/offers.py"),
    "webhookEvents": owned("billing/event_log.py", "billing/event_log.py"),
    "reconciliations": owned("billing/reconciliation_checkpoint.py", "billing/reconciliation_checkpoint.py"),
    "bonusClaims": owned("people/bonus_claims.py", "people/bonus_claims.py"),
    "adminActions": owned("operators/actions.py", "operators/actions.py"),
    "adminDays": owned("operators/actions.py", "operators/actions.py"),
    "audits": owned("cloud/checkpoint.py", "cloud/checkpoint.py", "art/picture_sweep.py", "operators/desk.py"),
    "checkpoints": owned("money/audit/agreed.py", "money/audit/agreed.py"),
}
"""Who writes each collection, and who names it."""

WRITE_EXCEPTIONS: dict[tuple[str, str], str] = {
    ("profiles", "social/posts.py"): "counts the posts of a profile",
}
"""Files that write a collection of another owner, and why."""

NAMING_CALLS = {"Query", "_count", "collection", "document", "documents_from", "documents_of", "reference"}
WRITES = {"create", "delete", "put", "set", "update"}


def collections_named(tree: ast.AST) -> set[str]:
    """The collections whose documents or queries are asked for by name: ``collection("posts")``, ``Query("posts")``."""
    found = set()
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and call.args and ast.unparse(call.func).rpartition(".")[2] in NAMING_CALLS:
            first = call.args[0]
            if isinstance(first, ast.JoinedStr):
                first = first.values[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                is_path = ast.unparse(call.func).endswith("document")
                if not is_path or "/" in first.value:
                    found.add(first.value.partition("/")[0])
    return found


def collections_written(source: str) -> set[str]:
    """The collections that a function of the file names while it writes something."""
    return {
        name
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(n, ast.Attribute) and n.attr in WRITES for n in ast.walk(function))
        for name in collections_named(function)
    }


def naming() -> dict[str, set[str]]:
    """The files of shared/ and functions/ by the collections that they name."""
    found: dict[str, set[str]] = {}
    for path in modules("shared") + modules("functions"):
        for name in collections_named(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(name, set()).add(from_root(path).removeprefix("shared/"))
    return found


def test_a_collection_is_named_by_the_files_of_its_row_and_no_other() -> None:
    assert naming() == {name: owner.named_by for name, owner in OWNERS.items()}


def test_the_data_model_describes_the_same_collections() -> None:
    table = (ROOT / "docs" / "data.md").read_text(encoding="utf-8").split("## Collections")[1].split("\n## ")[0]

    assert set(re.findall(r"^\| `(\w+)/\{", table, re.MULTILINE)) == set(OWNERS)


def test_a_collection_is_written_by_its_owner() -> None:
    writing = {
        (name, from_root(path).removeprefix("shared/"))
        for path in modules("shared") + modules("functions")
        for name in collections_written(path.read_text(encoding="utf-8"))
    }

    others = {(name, file) for name, file in writing if OWNERS[name].file != file}
    assert others == set(WRITE_EXCEPTIONS)


@pytest.mark.parametrize(
    "statement",
    [
        'store().collection("users").document(user_id).update({"n": 1})',
        'store().document(f"users/{user_id}").set({})',
        'account = store().collection("users").document(user_id)\n    batch.delete(account)',
        'documents.put(documents.reference("users", user_id), {})',
        'batch.create(reference("users", user_id), {})',
    ],
)
def test_another_writer_of_a_collection_is_found(statement: str) -> None:
    assert collections_written(f"def act(user_id):\n    {statement}") == {"users"}


def test_another_reader_of_a_collection_is_found() -> None:
    assert collections_named(ast.parse('fetch(Query("orders").where("userId", "==", user_id))')) == {"orders"}
