"""The pages of the web app: built into ``web/out`` where they are missing, or older than what they are made from."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from deploy import web_app
from local.net.process import StartError, tail
from local.parts import ROOT

BUILD_SECONDS = 600.0


def has_web_app(root: Path) -> bool:
    """Whether there is a web app to build; who has another one may have deleted ours."""
    return (root / web_app.FOLDER / "package.json").is_file()


def build(root: Path, log: Path, told: Callable[[str], object]) -> None:
    """Builds them if that is needed; ``told`` is told so, because it takes a minute or two.

    Raises:
        StartError: there is no npm, or it failed; the message ends with its last output.
    """
    built = root / web_app.OUT / ".built"
    sources = web_app.fingerprint(root)
    if built.is_file() and built.read_text(encoding="utf-8") == sources:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise StartError("There is no npm, which builds the web app; it comes with Node.js: https://nodejs.org")
    told("Building the web app (once for each change of it, a minute or two) ...")
    log.parent.mkdir(parents=True, exist_ok=True)
    _install(root, npm, log)
    _run(root, [npm, *web_app.BUILD[1:]], log)
    built.write_text(sources, encoding="utf-8")


def _install(root: Path, npm: str, log: Path) -> None:
    """Installs what the lock file says, unless that is there."""
    folder = root / web_app.FOLDER
    installed, lock = folder / "node_modules" / ".installed", (folder / "package-lock.json").read_bytes()
    if not installed.is_file() or installed.read_bytes() != lock:
        _run(root, [npm, *web_app.INSTALL[1:]], log)
        installed.write_bytes(lock)


def _run(root: Path, command: list[str], log: Path) -> None:
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                command,
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=BUILD_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise StartError(f"{' '.join(command)} did not end within {late.timeout:.0f} s. {tail(log)}") from None
    if done.returncode != 0:
        raise StartError(f"The web app could not be built: {' '.join(command)} failed. {tail(log)}")


if __name__ == "__main__":
    try:
        build(ROOT, ROOT / ".local/logs/web.log", print)
    except StartError as error:
        sys.exit(f"web: {error}")
