"""Makes what Google's buildpack makes of requirements.txt: an environment with nothing else in it, byte-compiled."""

import subprocess
import sys
from pathlib import Path

INSTALL_SECONDS = 300


def install(requirements: Path, folder: Path) -> Path:
    """Makes the virtual environment at ``folder`` and returns its Python.

    Raises:
        RuntimeError: a step failed, with what it printed.
    """
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    pip(python, "install", "--quiet", "--no-compile", "--require-hashes", "--requirement", str(requirements))
    run(str(python), "-m", "compileall", "-q", "-j", "2", str(folder / "lib"))  # a start without byte code is slow
    return python


def pip(python: Path, *arguments: str) -> None:
    """Runs our pip on the environment of ``python``, which has none of its own.

    Raises:
        RuntimeError: it failed, with what it printed.
    """
    run(sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", *arguments)


def run(*command: str, folder: Path | None = None) -> None:
    """Runs the command in ``folder``.

    Raises:
        RuntimeError: it failed, with what it printed.
    """
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
