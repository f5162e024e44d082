"""``make pictures``: makes the pictures of the web app in docs/web, from a gallery as ``make show`` fills it."""

import shutil
import sys

from local import cloud, e2e
from local.demo.stage import StepFailed
from local.net.process import StartError
from local.show import gallery

FOLDER = cloud.FOLDER / "pictures"
PICTURES = ("node_modules/.bin/playwright", "test", "--config", "pictures")


def main() -> int:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        e2e.build(FOLDER / "web.log")
        with e2e.site(FOLDER) as endpoints:
            gallery.fill(endpoints, lambda line: print(f"  + {line}"))
            return e2e.run((*PICTURES, *sys.argv[1:]), FOLDER)
    except (StartError, StepFailed) as error:
        print(f"pictures: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
