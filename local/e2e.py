"""``make test-web``: builds the web app, checks its budgets, and plays its journeys in a real Chromium.

Everything that the pages speak with runs on this machine, on free ports, and nothing is mocked. What is named on the
command line goes to Playwright: ``python -m local.e2e -g "double click"``.
"""

import os
import shutil
import subprocess
import sys

from deploy import web_app
from local import cloud
from local.net.process import StartError
from local.parts import ROOT
from local.site import pages

FOLDER = cloud.FOLDER / "e2e"
WEB = ROOT / web_app.FOLDER


def main() -> int:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream
    shutil.rmtree(FOLDER, ignore_errors=True)
    settings = {"ECONOMY": os.environ.get("ECONOMY", "")}
    try:
        pages.build(ROOT, FOLDER / "web.log", print)
        if subprocess.run(web_app.BUDGET, cwd=ROOT, check=False).returncode:
            return 1
        print("Starting a cloud on this machine ...")
        up = cloud.running(cloud.Ports(), settings, lambda part: print(f"  + {part}"), folder=FOLDER, site=ROOT)
        with up as endpoints:
            file = FOLDER / "endpoints.json"
            endpoints.write(file)
            journeys = subprocess.run(
                [str(WEB / "node_modules/.bin/playwright"), "test", *sys.argv[1:]],
                cwd=WEB,
                env={**os.environ, "ENDPOINTS": str(file)},
                check=False,
            )
    except StartError as error:
        print(f"test-web: {error}", file=sys.stderr)
        return 1
    return journeys.returncode


if __name__ == "__main__":
    sys.exit(main())
