"""Needs bash, shellcheck, and stand-ins for gcloud, firebase and curl on PATH. This runs deploy.sh itself."""

import subprocess
import sys
from pathlib import Path

from tests.deploy.deployment import PYTHON, ROOT, SECRETS, Deployment, same_plan
from tests.deploy.gcloud_stand_in import ACCESS_TOKEN, IDENTITY_TOKEN

SCRIPT = ROOT / "deploy.sh"


def test_it_does_what_a_deployment_in_a_test_does_and_no_program_sees_a_secret(tmp_path: Path) -> None:
    inside, script = Deployment(), Deployment()
    inside.run()
    done = script.run_script(tmp_path)

    assert sorted(map(tuple, script.calls)) == sorted(map(tuple, inside.calls))
    assert same_plan(script.changes[:20]) == same_plan(inside.changes[:20])
    assert script.state == inside.state
    assert done.stderr == ""
    for secret in (*SECRETS.values(), IDENTITY_TOKEN, ACCESS_TOKEN):
        assert secret not in script.output
        assert secret not in script.everything_programs_saw


def test_its_arguments_arrive_whole_and_what_stops_it_is_an_error(tmp_path: Path) -> None:
    done = Deployment().run_script(tmp_path, "--economy", "two words", check=False)

    assert (done.status, done.stdout) == (1, "")
    assert done.stderr == "deploy.sh: there is no file economies/two words.toml.\n"


def test_without_a_python_that_is_new_enough_it_says_so(tmp_path: Path) -> None:
    for name in ("bash", "dirname"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    (tmp_path / "python3").write_text("#!/bin/bash\nexit 1\n")  # too old
    (tmp_path / "python3").chmod(0o755)
    done = help_with_path(tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert "Python 3.11 or newer is needed" in done.stderr

    (tmp_path / "python3.12").symlink_to(PYTHON)
    done = help_with_path(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--take-over" in done.stdout


def help_with_path(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPT, "--help"], env={"PATH": str(folder)}, capture_output=True, text=True, check=False)


def test_it_is_run_from_any_folder(tmp_path: Path) -> None:
    done = Deployment(logins=()).run_script(tmp_path, "--dry-run", "--only", "tip")

    assert "gcloud functions deploy tip" in done.stdout


def test_shellcheck_and_bash_find_nothing_wrong_with_it() -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    subprocess.run([shellcheck, "--severity=style", SCRIPT], check=True)
    subprocess.run(["bash", "-n", SCRIPT], check=True)
