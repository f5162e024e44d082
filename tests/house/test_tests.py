"""Needs nothing: how the tests are told apart, sampled, and kept within their budget."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import sampling
from tests.support import budget
from tests.support.budget import Budget

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_first_line_of_a_test_file_says_what_it_needs(path: Path) -> None:
    first_line = path.read_text(encoding="utf-8").partition("\n")[0]

    assert first_line.startswith('"""Needs '), first_line


# -- the sample --------------------------------------------------------------------------------------------------------


def test_as_many_samples_as_there_are_parts_can_play_every_case() -> None:
    cases, parts = list(range(10)), [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8]]

    numbers = [sampling.number("clean runs", 3, f"{sample:07x}") for sample in range(50)]

    assert set(numbers) == {0, 1, 2}
    expected = cases if sampling.ALL else parts[sampling.number("cases", 3)]
    assert sampling.part(cases, 3, "cases") == expected


def test_the_same_sample_chooses_the_same_and_names_are_told_apart() -> None:
    one, same, other = (sampling.number(name, 2**32, "4df5d90") for name in ("tip/1", "tip/1", "tip/2"))

    assert one == same != other


def test_all_is_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "ALL", True)

    assert list(sampling.one("abc", "letters")) == ["a", "b", "c"]
    assert sampling.part("abc", 3, "letters") == ["a", "b", "c"]
    assert sampling.headline("journeys", "make test-web") == "journeys: all of them"


def test_a_sample_says_how_to_play_it_again_and_how_to_play_the_rest() -> None:
    script = "from local import sampling; print(sampling.headline('deep tests', 'make test'))"
    environment = {**os.environ, "SAMPLE": "4df5d90", "ALL": ""}
    told = subprocess.check_output([sys.executable, "-c", script], cwd=ROOT, env=environment, text=True, timeout=60)

    assert told.strip() == (
        "deep tests: sampled by 4df5d90; `make test SAMPLE=4df5d90` again, `make test ALL=1` for the rest"
    )


def test_without_a_commit_the_sample_is_a_fixed_one_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sampling, "_ROOT", tmp_path)
    assert sampling._commit() == "0000000"

    monkeypatch.setattr(sampling, "SAMPLE", sampling.FALLBACK)
    monkeypatch.setattr(sampling, "ALL", False)
    told = sampling.headline("deep tests", "make test")
    assert told.startswith("deep tests: sampled by 0000000 (there is no commit to name one); ")


# -- the budget --------------------------------------------------------------------------------------------------------


def test_a_test_beyond_its_budget_is_named_unless_it_is_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "BUSY", 1.0)
    monkeypatch.setattr(budget, "DEAR", {"tests/b.py::test_demo": (60.0, "it starts everything")})
    spent = {"tests/a.py::test_quick": 1.9, "tests/a.py::test_slow": 2.1, "tests/a.py::test_deep": 9.0}
    spent |= {"tests/b.py::test_demo": 59.0, "tests/b.py::test_demo_too[x]": 61.0}

    seen = Budget(is_worker=False, spent=spent, deep={"tests/a.py::test_deep"})

    assert seen.complaints() == [
        "tests/b.py::test_demo_too[x] took 61.0 s of processor time; it may take 60 s.",
        "tests/a.py::test_slow took 2.1 s of processor time; it may take 2 s.",
    ]


def test_all_tests_together_have_a_budget_but_when_every_deep_one_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS_IN_ALL", 3.0)
    seen = Budget(is_worker=False, spent={"a": 1.6, "b": 1.6})

    monkeypatch.setattr(sampling, "ALL", False)
    assert seen.complaints() == ["The tests took 3 s of processor time together; they may take 3 s."]
    monkeypatch.setattr(sampling, "ALL", True)
    assert seen.complaints() == []


def test_a_session_beyond_its_budget_fails_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests.support import budget\n"
        "budget.SECONDS_A_TEST = 0.05\n"
        "def pytest_configure(config):\n"
        "    config.pluginmanager.register(budget.Budget(is_worker=hasattr(config, 'workerinput')))\n"
    )
    # For a test outside of a folder with a conftest, pytest takes that conftest out of a set of all plugins.
    room = tmp_path / "room"
    room.mkdir()
    (room / "conftest.py").write_text("")
    (room / "test_room.py").write_text("def test_room():\n    pass\n")
    (tmp_path / "test_it.py").write_text(
        "import subprocess, sys, time\n"
        "WORK = 'import time\\nwhile time.process_time() < 0.3: pass'\n"
        "def test_child():\n    subprocess.run([sys.executable, '-c', WORK], check=True)\n"
        "def test_quick():\n    pass\n"
        "def test_sleeps():\n    time.sleep(0.3)\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]

    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 1, done.stdout + done.stderr
    complaints = [line for line in done.stdout.splitlines() if line.startswith("budget:")]
    assert len(complaints) == 1, done.stdout
    assert "test_it.py::test_child took " in complaints[0]


def test_what_is_dear_and_what_is_long_exists() -> None:
    for name in (*budget.DEAR, *budget.LONG_FILES):
        path = ROOT / name.partition("::")[0]
        assert path.exists(), name
        test = name.partition("::")[2].partition("[")[0]
        assert not test or f"def {test}" in path.read_text(encoding="utf-8"), name
