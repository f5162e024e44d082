"""Needs the package index that pip uses, once for each requirements.txt; no Google."""

import compileall
import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

from local import buildpack, sampling
from shared.manifest import FUNCTIONS
from tests.support import functions
from tests.support.framework import START_SECONDS, served

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 2  # as many as there are processors to start on
ENVIRONMENTS = ROOT / ".local" / "upload"

PRODUCTION = {
    "K_SERVICE": "upload-test",
    "GOOGLE_CLOUD_PROJECT": "demo-guilder",
    "MEDIA_BUCKET": "demo-guilder-media",
    "INTERNAL_URL": "https://us-central1-demo-guilder.cloudfunctions.net",
    "INVOKER_EMAIL": "guilder-invoker@demo-guilder.iam.gserviceaccount.com",
    "TASKS_LOCATION": "us-central1",
    "CHECKOUT_SUCCESS_URL": "https://demo-guilder.web.app/tokens/success",
    "CHECKOUT_CANCEL_URL": "https://demo-guilder.web.app/tokens/cancel",
    "PORTAL_RETURN_URL": "https://demo-guilder.web.app/settings",
    "RELOAD_SETUP_URL": "https://demo-guilder.web.app/settings",
    "CURSOR_SECRET": "not-a-secret",
    "IDENTITY_SECRET": "not-a-secret-either",
    "STRIPE_SECRET_KEY": "sk_test_nothing",
    "STRIPE_WEBHOOK_SECRET": "whsec_nothing",
}
"""What a deployment sets; no credentials, because a function must not need any before its first request."""


@dataclass(frozen=True)
class Upload:
    """The uploaded folder, and the environment that its requirements.txt made."""

    folder: Path
    python: Path

    @property
    def framework(self) -> Path:
        return self.python.parent / "functions-framework"


@pytest.fixture(scope="module")
def upload(tmp_path_factory: pytest.TempPathFactory) -> Upload:
    folder = tmp_path_factory.mktemp("upload")
    for name in uploaded_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return Upload(folder, environment_of(folder / "requirements.txt"))


def environment_of(requirements: Path) -> Path:
    """The Python of an environment of these requirements; it is made anew whenever they or our Python are others."""
    made_from = f"{sys.version}\n{requirements.read_text(encoding='utf-8')}"
    folder = ENVIRONMENTS / hashlib.sha256(made_from.encode()).hexdigest()[:16]
    whole = folder / "whole"
    if not whole.exists():
        shutil.rmtree(ENVIRONMENTS, ignore_errors=True)
        buildpack.install(requirements, folder)
        whole.touch()
    return folder / "bin" / "python"


def uploaded_files() -> set[str]:
    """What .gcloudignore lets through, read as gcloud reads it: the last rule that matches decides."""
    rules = [line for line in (ROOT / ".gcloudignore").read_text().splitlines() if line and not line.startswith("#")]
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return {name for name in listed if (ROOT / name).is_file() and is_uploaded(name, rules)}


def is_uploaded(name: str, rules: list[str]) -> bool:
    """Of a file, given the kinds of rules that our .gcloudignore holds: /name, /name/, /*, name/ and *.end."""
    parts = name.split("/")
    ignored = False
    for rule in rules:
        pattern = rule.removeprefix("!").rstrip("/")
        if pattern.startswith("/"):
            matches = fnmatch(parts[0], pattern[1:])
        else:
            matches = any(fnmatch(part, pattern) for part in parts)
        if matches:
            ignored = not rule.startswith("!")
    return not ignored


# -- what is in it ---------------------------------------------------------------------------------------------------


def test_only_what_runs_is_uploaded() -> None:
    assert {name.split("/")[0] for name in uploaded_files()} == {
        "economies",
        "functions",
        "main.py",
        "requirements.txt",
        "shared",
    }


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="there is no gcloud here to ask")
def test_gcloud_uploads_the_same_files(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in filter(lambda name: (ROOT / name).is_file(), tracked):
        (tmp_path / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / "source" / name)
    for name in (".env", "notes.txt", "shared/__pycache__/log.cpython-311.pyc", "web/page.js"):
        (tmp_path / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "source" / name).write_text("not to be uploaded")

    listed = subprocess.run(
        ["gcloud", "meta", "list-files-for-upload", str(tmp_path / "source")],
        env={**os.environ, "CLOUDSDK_CONFIG": str(tmp_path / "gcloud")},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=True,
    )

    assert set(listed.stdout.split()) == uploaded_files()


def test_the_upload_compiles(upload: Upload) -> None:
    assert compileall.compile_dir(upload.folder, quiet=1)


def test_the_requirements_agree_with_each_other(upload: Upload) -> None:
    buildpack.pip(upload.python, "check")


# -- that it runs ----------------------------------------------------------------------------------------------------


@pytest.mark.deep
def test_an_entry_point_starts_from_the_upload_and_answers(upload: Upload) -> None:
    def answer(function: str) -> int:
        with served(function, upload.folder, PRODUCTION, upload.framework) as started:
            return started.status()

    names = sampling.part(sorted(FUNCTIONS), 16, "entry points")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = dict(zip(names, pool.map(answer, names), strict=True))

    # 405: answers GET only; 401: wants to know who calls; 400: no Stripe signature, or no CloudEvent.
    unsigned = {name for name, it in FUNCTIONS.items() if it.is_trigger or it.caller == "stripe"}
    assert answers == {name: 405 if name in functions.READ else 400 if name in unsigned else 401 for name in names}


def test_every_function_can_be_loaded_from_the_upload(upload: Upload) -> None:
    script = (
        "import sys, main; from shared.edge import entry_points; [entry_points.load(name) for name in sys.argv[1:]]"
    )
    buildpack.run(str(upload.python), "-c", script, *FUNCTIONS, folder=upload.folder)


def test_no_entry_point_starts_with_a_local_override(upload: Upload) -> None:
    environment = {**PRODUCTION, "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1"}
    with (
        pytest.raises(AssertionError, match="FIREBASE_AUTH_EMULATOR_HOST is set"),
        served("tip", upload.folder, environment, upload.framework),
    ):
        pass
