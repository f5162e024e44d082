"""Needs nothing but the source: the one table of functions, and what it refuses."""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from local import manifest_files
from shared import manifest, manifest_row
from shared.manifest import FUNCTIONS
from shared.manifest_row import ManifestError

ROOT = Path(__file__).resolve().parents[2]
TEXT = manifest_row.FILE.read_text(encoding="utf-8")

SMALL = """
[defaults]
memory = "512Mi"
cpu = 1
requests = 20
min = 0
[subjects]
money = "Money"
[functions.tip]
subject = "money"
caller = "public"
account = "runtime"
max = 50
timeout = 30
variables = ["MEDIA_BUCKET"]
secrets = ["IDENTITY_SECRET"]
does = "sends tokens"
[functions.recount]
subject = "money"
caller = "tasks"
queue = "counts"
account = "runtime"
max = 5
timeout = 60
does = "counts"
[functions.audit]
subject = "money"
caller = "scheduler"
schedule = "0 * * * *"
schedule_setting = "AUDIT_SCHEDULE"
account = "runtime"
max = 1
timeout = 540
does = "audits"
[functions.tidy]
subject = "money"
caller = "firestore"
path = "posts/{postId}"
account = "runtime"
max = 9
timeout = 90
does = "tidies"
[queues.counts]
max_dispatches_per_second = 500
max_concurrent_dispatches = 200
max_attempts = 10
min_backoff = 0.5
max_backoff = 30
[stripe]
events = []
[secrets]
IDENTITY_SECRET = "random"
"""

HOURLY = 'schedule = "0 * * * *"'
SECOND = """second_job = ["full", "0 3 * * *", "{}"]"""


def test_every_row_has_its_file_and_every_file_its_row() -> None:
    assert {path.stem for path in (ROOT / "functions").rglob("*.py")} - {"__init__"} == set(FUNCTIONS)


def test_a_row_takes_from_the_defaults_what_it_does_not_say() -> None:
    tip = manifest.read(SMALL).functions["tip"]

    assert (tip.memory, tip.cpu, tip.requests, tip.min, tip.max) == ("512Mi", 1, 20, 0, 50)
    assert (tip.variables, tip.secrets, tip.queue) == (("MEDIA_BUCKET",), ("IDENTITY_SECRET",), "")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_row_that_is_read_alone_is_the_row_of_the_whole_table(name: str) -> None:
    assert manifest_row.of(name) == FUNCTIONS[name]


def test_a_row_that_cannot_be_read_alone_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(manifest_row, "FILE", tmp_path / "manifest.toml")
    manifest_row.FILE.write_text(SMALL.replace('"sends tokens"', "true"), encoding="utf-8")
    manifest_row.of.cache_clear()

    with pytest.raises(ManifestError, match=r"^functions\.tip: does is not a string, a whole number or a list on one"):
        manifest_row.of("tip")


def test_there_is_no_row_of_a_function_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        manifest_row.of("mint_tokens")


@pytest.mark.parametrize(
    ("sound", "unsound", "refusal"),
    [
        (
            "[stripe]",
            "[strip]",
            "manifest.toml: its tables are defaults, functions, queues, secrets, stripe, subjects.",
        ),
        ("cpu = 1", "cpu = ", "manifest.toml: Invalid value (at line 4, column 7)"),
        ("[functions.tip]", '[functions."Tip"]', "functions.Tip: that is not the name of a function."),
        ("[functions.tip]", '[functions."t-p"]', "functions.t-p: that is not the name of a function."),
        ('caller = "public"', 'caller = "people"', "functions.tip: there is no caller 'people', only public, stripe"),
        ('account = "runtime"', 'account = "root"', "functions.tip: there is no account 'root', only reader, payments"),
        ('subject = "money"', 'subject = "mony"', "functions.tip: there is no subject 'mony', only money."),
        (
            'secrets = ["I',
            'secrets = ["D',
            "functions.tip: there is no secret 'DDENTITY_SECRET', only IDENTITY_SECRET.",
        ),
        ('variables = ["M', 'variables = ["m', "functions.tip: mEDIA_BUCKET is not the name of a variable."),
        ("MEDIA_BUCKET", "IDENTITY_SECRET", "functions.tip: IDENTITY_SECRET is a secret."),
        ("timeout = 30\n", "", "functions.tip: timeout is missing."),
        ('does = "sends tokens"\n', "", "functions.tip: does is missing."),
        ('does = "sends tokens"', 'does = ""', "functions.tip: does = '' is of another type than it should be."),
        ("timeout = 30", "timeout = 30.5", "functions.tip: timeout = 30.5 is of another type than it should be."),
        ("timeout = 30", "timeout = true", "functions.tip: timeout = True is of another type than it should be."),
        ("timeout = 30", "timeout = 3601", "functions.tip: the timeout is from 1 to 3600 seconds."),
        ("timeout = 90", "timeout = 541", "functions.tidy: the timeout is from 1 to 540 seconds."),
        ("timeout = 30", "timeout = 0", "functions.tip: the timeout is from 1 to 3600 seconds."),
        ("timeout = 30", "patience = 30", "functions.tip: there is no column patience."),
        ("timeout = 30", 'name = "other"', "functions.tip: there is no column name."),
        ("max = 50", "max = 0", "functions.tip: min is from 0 to max, and max at least 1."),
        ("max = 50", "max = 50\nmin = 51", "functions.tip: min is from 0 to max, and max at least 1."),
        ("max = 50", "max = 50\nmin = -1", "functions.tip: min is from 0 to max, and max at least 1."),
        ("max = 50", "max = 50\ncpu = 0", "functions.tip: cpu and requests are at least 1."),
        ("max = 50", "max = 50\nrequests = 0", "functions.tip: cpu and requests are at least 1."),
        ("max = 50", 'max = 50\nmemory = "512M"', "functions.tip: memory is like 512Mi or 2Gi."),
        ("max = 50", 'max = 50\nqueue = "counts"', "functions.tip: the caller tasks and a queue go together."),
        ('queue = "counts"\n', "", "functions.recount: the caller tasks and a queue go together."),
        ('queue = "counts"', 'queue = "likes"', "functions.recount: there is no queue 'likes', only counts."),
        ('schedule = "0 * * * *"\n', "", "functions.audit: the caller scheduler and a schedule go together."),
        ('schedule = "0 * * * *"', 'schedule = "hourly"', "functions.audit: a schedule is five fields of cron."),
        ("max = 50", 'max = 50\nschedule_setting = "S"', "functions.tip: a schedule_setting goes with a schedule."),
        ("max = 50", f"max = 50\n{SECOND}", "functions.tip: a second job goes with a schedule."),
        (HOURLY, f"{HOURLY}\n{SECOND.replace(' * *', '')}", "functions.audit: a schedule is five fields of cron."),
        (HOURLY, f"{HOURLY}\n{SECOND.replace('{}', '[]')}", "functions.audit: the body of a job is a JSON object."),
        (HOURLY, f"{HOURLY}\n{SECOND.replace('{}', '{')}", "functions.audit: the body of a job is a JSON object."),
        (
            HOURLY,
            f'{HOURLY}\nsecond_job = ["full"]',
            "functions.audit: a second job has a name, a schedule and a body.",
        ),
        ('path = "posts/{postId}"\n', "", "functions.tidy: the caller firestore and a path go together."),
        ("{postId}", "{postId", "functions.tidy: a path is like posts/{postId}."),
        ("posts/{postId}", "posts", "functions.tidy: a path is like posts/{postId}."),
        ("posts/{postId}", "users/{id}/posts/{postId}", "functions.tidy: a path is like posts/{postId}."),
        ("max_attempts = 10", "max_attempts = 0", "queues.counts: its limits are at least 1."),
        ("max_attempts = 10\n", "", "queues.counts: max_attempts is missing."),
        (
            "min_backoff = 0.5",
            "min_backoff = 0",
            "queues.counts: min_backoff is above 0, and max_backoff not below it.",
        ),
        (
            "min_backoff = 0.5",
            "min_backoff = 31",
            "queues.counts: min_backoff is above 0, and max_backoff not below it.",
        ),
        ("min_backoff = 0.5", 'min_backoff = "1s"', "queues.counts: min_backoff = '1s' is of another type"),
        (
            'IDENTITY_SECRET = "random"',
            'IDENTITY_SECRET = "x"',
            "secrets.IDENTITY_SECRET: there is no origin 'x', only",
        ),
        ('IDENTITY_SECRET = "random"', 'identity = "random"', "secrets.identity: that is not the name of a variable."),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_by_name(sound: str, unsound: str, refusal: str) -> None:
    assert sound in SMALL
    manifest.read(SMALL)

    with pytest.raises(ManifestError) as refused:
        manifest.read(SMALL.replace(sound, unsound, 1))

    assert str(refused.value).startswith(refusal)


# -- what is made of it ------------------------------------------------------------------------------------------------


def test_firebase_json_and_the_table_in_the_readme_are_what_the_manifest_says() -> None:
    again = "run .venv/bin/python -m local.manifest_files"
    hosting, readme = (path.read_text(encoding="utf-8") for path in (manifest_files.FIREBASE, manifest_files.README))

    assert manifest_files.firebase_json(hosting) == hosting, again
    assert manifest_files.readme(readme) == readme, again


def test_a_readme_without_the_marks_is_not_written() -> None:
    with pytest.raises(ValueError, match=r"README\.md lacks"):
        manifest_files.readme("# Guilder\n")


# -- a new function ----------------------------------------------------------------------------------------------------

PING = {
    "functions/ping.py": '''"""GET /ping: whether anybody is there. Public.

    ->  200 { "pong": true }
"""

from typing import TypedDict

from shared.edge.access import PUBLIC
from shared.edge.endpoint import endpoint
from shared.edge.requests import NoParameters


class PongAnswer(TypedDict):
    pong: bool


@endpoint(NoParameters, PUBLIC)
def ping() -> PongAnswer:
    return {"pong": True}
''',
    "tests/edge/test_ping.py": '''"""Needs nothing."""

from tests.support import api


def test_ping_answers() -> None:
    answer = api.get("ping")

    assert (answer.status, answer.body) == (200, {"pong": True})
''',
}
PING_ROW = """
[functions.ping]
subject = "people"
caller = "public"
account = "reader"
max = 1
timeout = 10
does = "tells whether anybody is there"

[queues"""
HOUSE = ("test_conventions", "test_manifest", "test_api_docs")
MAKE_AND_TEST = """
import sys

import pytest

from local import manifest_files
from local.openapi import markdown

manifest_files.write()
markdown.write()
sys.exit(pytest.main(sys.argv[1:]))
"""


def texts(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}


def copy_with_byte_code(source: Path, copy: Path) -> None:
    """Copies the file, and what Python compiled it to if it did, or the copy's processes would each compile it all."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, copy)  # with its time, by which Python knows what is compiled of it
    compiled = Path(importlib.util.cache_from_source(str(source)))
    if source.suffix == ".py" and compiled.is_file():
        (copy.parent / compiled.parent.name).mkdir(exist_ok=True)
        shutil.copy2(compiled, copy.parent / compiled.parent.name)


def test_a_function_is_a_row_a_file_and_its_test_and_leaves_nothing_behind(tmp_path: Path) -> None:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    before = texts(ROOT, names)
    for name in before:
        copy_with_byte_code(ROOT / name, tmp_path / name)

    (tmp_path / "functions" / "manifest.toml").write_text(TEXT.replace("\n[queues", PING_ROW, 1), encoding="utf-8")
    for name, source in PING.items():
        (tmp_path / name).write_text(source, encoding="utf-8")
    but_for_this_and_what_is_dear = "not leaves_nothing_behind and not needs_more"
    chosen = ("-p", "no:cacheprovider", "--assert=plain", "-k", but_for_this_and_what_is_dear)
    tests = ("tests/edge/test_ping.py", *(f"tests/house/{name}.py" for name in HOUSE))
    done = subprocess.run(
        [sys.executable, "-c", MAKE_AND_TEST, *chosen, *tests],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GOOGLE_CLOUD_PROJECT": "demo-ping"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

    made = {name: content for name, content in texts(tmp_path, names).items() if content != before[name]}
    assert set(made) == {"functions/manifest.toml", "README.md", "firebase.json", "docs/api.md", "docs/openapi.json"}
    # Without the row, what is made of these files is what was there; those in docs/ are made of nothing else.
    assert manifest_files.readme(made["README.md"].decode()).encode() == before["README.md"]
    assert manifest_files.firebase_json(made["firebase.json"].decode()).encode() == before["firebase.json"]


def test_a_second_job_is_named_after_the_function_and_has_its_own_times_and_body() -> None:
    first, second = manifest.jobs_of(FUNCTIONS["audit_balances"])

    assert first == manifest.Job("audit-balances", "0 * * * *", "{}", "AUDIT_SCHEDULE")
    assert second == manifest.Job("audit-balances-full", "40 3 * * 0", '{"full": true}', "")
    assert manifest.jobs_of(FUNCTIONS["tip"]) == []
