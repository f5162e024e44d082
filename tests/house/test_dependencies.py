"""Needs nothing: what ships is pinned, hashed, watched and fits together; a committed secret fails the check."""

import ast
import importlib.metadata
import importlib.util
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.functions import RUNTIME
from tests.house import known_holes

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FILES = {
    "requirements.txt": PROJECT["project"]["dependencies"],
    **{f"requirements-{group}.txt": packages for group, packages in PROJECT["dependency-groups"].items()},
}
TOGETHER = ("requirements.txt", "requirements-demo.txt", "requirements-test.txt", "requirements-bench.txt")
"""What is installed into one environment."""

PINNED = re.compile(r"[A-Za-z0-9._-]+==\d[\w.]*")


def locked(file: str) -> dict[str, str]:
    """Version by name of every package in the file."""
    text = (ROOT / file).read_text()
    return {canonicalize_name(name): version for name, version in re.findall(r"(?m)^([\w.-]+)==([\w.]+)", text)}


@pytest.mark.parametrize("file", FILES)
def test_whatever_is_installed_is_pinned_and_named_by_its_hashes(file: str) -> None:
    entries = re.sub(r"(?m)^ *#.*\n", "", (ROOT / file).read_text()).replace("\\\n", " ").splitlines()
    entry = re.compile(r"[\w.-]+==[\w.]+( ; [^;]+?)? +(--hash=sha256:[0-9a-f]{64} *)+")

    assert [line for line in entries if not entry.fullmatch(line)] == []
    assert len(entries) == len(locked(file)) > 0


@pytest.mark.parametrize("file", FILES)
def test_the_requirements_name_no_index_and_no_host(file: str) -> None:
    assert re.findall(r"https?:|--(?:extra-)?index|--find-links|--trusted", (ROOT / file).read_text()) == []


@pytest.mark.parametrize("file", FILES)
def test_the_requirements_are_those_of_the_project_and_what_these_pull_in(file: str) -> None:
    wanted = [Requirement(line) for line in FILES[file]]

    assert [str(each) for each in wanted if not PINNED.fullmatch(str(each))] == []
    assert {
        each.name for each in wanted if not each.specifier.contains(locked(file)[canonicalize_name(each.name)])
    } == set()


def test_development_runs_what_ships() -> None:
    versions: dict[str, set[str]] = {}
    for file in TOGETHER:
        for name, version in locked(file).items():
            versions.setdefault(name, set()).add(version)

    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_the_demo_and_a_local_cloud_need_no_package_of_the_tests() -> None:
    installed = {**locked("requirements.txt"), **locked("requirements-demo.txt")}
    owners = importlib.metadata.packages_distributions()
    wanted = {
        canonicalize_name(owner)
        for path in (ROOT / "local").rglob("*.py")
        if path.parent.name != "openapi"  # what writes the API's description; the demo only serves it
        for module in _modules(path)
        for owner in owners.get(module.partition(".")[0], ())
    }

    # Namespaces such as google.cloud belong to many packages, of which one is enough.
    assert {name for name in wanted if name not in installed and not name.startswith("google")} == set()


def test_what_the_functions_import_is_a_dependency_and_nothing_else_is() -> None:
    declared = {canonicalize_name(Requirement(line).name) for line in PROJECT["project"]["dependencies"]}
    owners = {
        str(folder / file): name
        for name in locked("requirements.txt")
        if _is_installed(name)
        for folder in [Path(str(importlib.metadata.distribution(name).locate_file(""))).resolve()]
        for file in importlib.metadata.files(name) or ()
        if file.suffix == ".py"
    }

    used = {owners[origin] for origin in _origins() if origin in owners}
    assert used - declared == set(), "imported, and no dependency of the project"
    assert declared - used == set(), "a dependency that nothing imports"


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False  # for another platform
    return True


def _modules(path: Path) -> set[str]:
    """The names of the modules that the file imports, and of what it takes from them."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return modules


def _origins() -> set[str]:
    """The files of the modules that main.py, functions/ and shared/ import."""
    modules: set[str] = set()
    for path in (ROOT / "main.py", *(ROOT / "functions").glob("*.py"), *(ROOT / "shared").rglob("*.py")):
        modules |= _modules(path)
    found = set()
    for module in modules:
        try:
            spec = importlib.util.find_spec(module)
        except ModuleNotFoundError:
            continue  # a name in a module, not a module
        if spec and spec.origin and spec.origin not in ("built-in", "frozen"):
            found.add(str(Path(spec.origin).resolve()))
    return found


def test_nothing_is_installed_without_its_hash() -> None:
    makefile = (ROOT / "Makefile").read_text()
    installs = re.findall(r"(?m)^.*\b(?:pip install|call INSTALL)\b.*", makefile)

    assert len(installs) == 1 + 6
    assert [line for line in installs if not re.match(r"INSTALL = |\t@\$\(call INSTALL,", line)] == []
    assert re.search(r"(?m)^INSTALL = \$\(if .*\) --require-hashes$", makefile)
    assert '"--require-hashes", "--requirement"' in (ROOT / "local" / "buildpack.py").read_text()


# -- the versions of Python ------------------------------------------------------------------------------------------


def test_what_is_deployed_runs_on_a_python_that_is_tested() -> None:
    tested = re.findall(r"python-version: \[(.+)\]", (ROOT / ".github/workflows/test.yml").read_text())
    versions = tested[0].replace('"', "").split(", ")

    assert RUNTIME.replace("python3", "3.") in versions
    assert PROJECT["project"]["requires-python"] == f">={versions[0]}"


# -- what watches them -----------------------------------------------------------------------------------------------


def test_every_action_of_ci_is_pinned_by_its_commit() -> None:
    uses = [line for path in WORKFLOWS for line in re.findall(r"uses: (.+)", path.read_text())]

    assert len(uses) >= 5
    assert [line for line in uses if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


def test_updates_are_proposed_for_packages_and_actions() -> None:
    text = (ROOT / ".github" / "dependabot.yml").read_text()

    assert re.findall(r"package-ecosystem: (\S+)", text) == ["pip", "npm", "github-actions"]


@pytest.mark.threat(90)
def test_known_holes_are_looked_for_every_day_in_everything_that_is_installed() -> None:
    workflow = (ROOT / ".github" / "workflows" / "audit.yml").read_text()
    makefile = (ROOT / "Makefile").read_text()

    assert re.search(r'schedule:\n    - cron: "\d+ \d+ \* \* \*"', workflow)
    assert "run: make audit" in workflow
    assert "-m tests.house.known_holes" in makefile.split("\naudit:")[1].split("\n\n")[0]
    assert set(known_holes.FILES) == set(FILES) == {path.name for path in ROOT.glob("requirements*.txt")}


@pytest.mark.threat(90)
@pytest.mark.parametrize(
    ("finds_holed", "finds_ours", "verdict"),
    [(True, False, 0), (True, True, 1), (False, False, 1)],
    ids=["nothing is known", "a hole is known", "nobody could tell"],
)
def test_a_known_hole_fails_the_audit_and_so_does_silence(
    tmp_path: Path, finds_holed: bool, finds_ours: bool, verdict: int
) -> None:
    pip_audit = tmp_path / "pip-audit"
    pip_audit.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        f"  *holed.txt*) {'echo jinja2 2.4.1 PYSEC-1; exit 1' if finds_holed else 'echo No known vulnerabilities'};;\n"
        f"  *{ROOT}/requirements.txt*--requirement*) exit {int(finds_ours)};;\n"
        "  *) exit 2;;\n"
        "esac\n"
    )
    pip_audit.chmod(pip_audit.stat().st_mode | stat.S_IXUSR)

    assert known_holes.look([str(pip_audit)]) == verdict


# -- that they fit ---------------------------------------------------------------------------------------------------


def test_what_is_installed_fits_together() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stdout


# -- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret",
    ["sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "AKIA" + "IOSFODNN7EXAMPLA", "-----BEGIN RSA " + "PRIVATE KEY-----"],
    ids=["a Stripe key", "a cloud key", "a private key"],
)
def test_a_committed_secret_fails_the_check(tmp_path: Path, secret: str) -> None:
    file = tmp_path / "settings.py"
    file.write_text(f'KEY = "{secret}"\n')
    hook = Path(sys.executable).with_name("detect-secrets-hook")

    done = subprocess.run(
        [hook, "--disable-plugin", "KeywordDetector", file], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 1
    assert "Potential secrets" in done.stdout
