"""The pages of the web app: built into ``web/out`` where they are missing, or older than what they are made from."""

import sys
from collections.abc import Callable
from pathlib import Path

from deploy import web_app
from local.net.process import StartError
from local.parts import ROOT
from local.site import packages


def build(root: Path, log: Path, told: Callable[[str], object]) -> None:
    """Builds them if that is needed; ``told`` is told so, because it takes a minute or two.

    Raises:
        StartError: there is no npm, or it failed; the message ends with its last output.
    """
    built = root / web_app.OUT / ".built"
    sources = web_app.fingerprint(root)
    if built.is_file() and built.read_text(encoding="utf-8") == sources:
        return
    packages.install(root, log, told)
    told("Building the web app (once for each change of it, a minute or two) ...")
    packages.run_npm(root, web_app.BUILD, log)
    built.write_text(sources, encoding="utf-8")


if __name__ == "__main__":
    try:
        build(ROOT, ROOT / ".local/logs/web.log", print)
    except StartError as error:
        sys.exit(f"web: {error}")
