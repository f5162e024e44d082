"""The npm packages of the web app, as its lock file names them: ``python -m local.site.packages`` installs them.

Only the standard library is installed when this runs.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from deploy import web_app
from local.net.process import StartError, tail

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / ".local" / "logs" / "npm.log"
SECONDS = 600.0


def has_web_app(root: Path) -> bool:
    """Whether there is a web app; who has another one may have deleted ours."""
    return (root / web_app.FOLDER / "package.json").is_file()


def install(root: Path, log: Path, told: Callable[[str], object]) -> None:
    """Installs them unless they are there; ``told`` is told so, because it takes up to a minute.

    Raises:
        StartError: there is no npm, or it failed; the message ends with its last output.
    """
    folder = root / web_app.FOLDER
    installed, lock = folder / "node_modules" / ".installed", (folder / "package-lock.json").read_bytes()
    if installed.is_file() and installed.read_bytes() == lock:
        return
    told("Installing the web app's packages into web/node_modules/ (once, about a minute) ...")
    run_npm(root, web_app.INSTALL, log)
    installed.write_bytes(lock)
    told("The web app's packages are installed.")


def run_npm(root: Path, command: tuple[str, ...], log: Path) -> None:
    """Runs a command of npm in ``root``.

    Raises:
        StartError: there is no npm, or it failed; the message ends with its last output.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise StartError("There is no npm, which builds the web app; it comes with Node.js: https://nodejs.org")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                [npm, *command[1:]],
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise StartError(f"{' '.join(command)} did not end within {late.timeout:.0f} s. {tail(log)}") from None
    if done.returncode != 0:
        raise StartError(f"The web app could not be built: {' '.join(command)} failed. {tail(log)}")


def main() -> int:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream
    try:
        if has_web_app(ROOT):
            install(ROOT, LOG, print)
    except StartError as error:
        print(f"web: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
