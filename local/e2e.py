"""``make test-web``: builds the web app, and tries it in a real Chromium: budgets, vitals and journeys.

Everything that the pages speak with runs on this machine, on free ports, and nothing is mocked. What is named on the
command line goes to Playwright, and only those journeys are played: ``python -m local.e2e -g "double click"``. With
ECONOMY set, the journeys are played that are for that one.

Where nothing is chosen, the commit chooses the widths of what is tried at two of them, and one of the other economies;
ALL=1 plays everything.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy import web_app
from local import cloud, sampling
from local.cloud import Endpoints
from local.demo.stage import StepFailed
from local.net.process import StartError
from local.parts import ROOT
from local.show import gallery
from local.site import pages

FOLDER = cloud.FOLDER / "e2e"
WEB = ROOT / web_app.FOLDER

BROWSER = ("node", "scripts/browser.mjs")
CLIENT = ("npm", "run", "--silent", "test", "--workspace", "guilder-client")
BUDGET = ("npm", "run", "--silent", "budget")
VITALS = ("node", "scripts/vitals.mjs")
JOURNEYS = ("npm", "run", "--silent", "journeys", "--")

ECONOMIES = ("yarda", "interiors", "phoenix-tokens")
"""Besides the default, in which nearly all is played: what is played under them is in web/playwright.config.ts."""

SETTLE_SECONDS = 3600.0
"""A delayed payment is on its way until a journey has its bank decide."""


def main() -> int:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream
    chosen = sys.argv[1:]
    economy = os.environ.get("ECONOMY", "")
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        build(FOLDER / "web.log")
        if chosen or economy:
            return _play(economy, *chosen)
        others = sampling.one(ECONOMIES, "economies")
        status = run(CLIENT) or run(BUDGET) or _measure_and_play() or max(map(_play, others))
        print(sampling.headline("journeys", "make test-web"))
        return status
    except (StartError, StepFailed) as error:
        print(f"test-web: {error}", file=sys.stderr)
        return 1


def build(log: Path) -> None:
    """Builds the web app where that is needed, but first looks for the browser in which it is tried.

    Raises:
        StartError: there is no browser, or the web app could not be built; the message says what to do.
    """
    found = subprocess.run(BROWSER, cwd=WEB, capture_output=True, text=True, check=False)
    if found.returncode:
        raise StartError(found.stderr.strip())
    pages.build(ROOT, log, print)


@contextmanager
def site(folder: Path, economy: str = "") -> Iterator[Endpoints]:
    """The site in a cloud of its own on free ports; scripts that ``run`` runs find it in the folder."""
    print(f"Starting a cloud on this machine{f' for the economy {economy}' if economy else ''} ...")
    settings = {"ECONOMY": economy}
    up = cloud.running(
        cloud.Ports(),
        settings,
        lambda part: print(f"  + {part}"),
        folder=folder,
        site=ROOT,
        settle_seconds=SETTLE_SECONDS,
    )
    with up as endpoints:
        endpoints.write(folder / "endpoints.json")
        yield endpoints


def run(command: tuple[str, ...], folder: Path = FOLDER, *, is_sampled: bool = True) -> int:
    """Runs a command of the web app, which is told of the cloud in the folder; its exit status."""
    told = {**os.environ, "ENDPOINTS": str(folder / "endpoints.json")}
    if not is_sampled:
        told["ALL"] = "1"
    return subprocess.run(command, cwd=WEB, env=told, check=False).returncode


def _measure_and_play() -> int:
    """The vitals, and all journeys. The gallery that is measured stays for the journeys."""
    with site(FOLDER) as endpoints:
        gallery.fill(endpoints, lambda line: print(f"  + {line}"))
        slow = run(VITALS)
        return run(JOURNEYS) or slow


def _play(economy: str, *chosen: str) -> int:
    """Journeys under the economy: the chosen ones, or all that are played under it."""
    with site(FOLDER, economy):
        return run((*JOURNEYS, *chosen), is_sampled=not chosen)


if __name__ == "__main__":
    sys.exit(main())
