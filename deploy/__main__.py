"""``python3 -m deploy``, which deploy.sh calls with its arguments."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy import plan, settings
from deploy.gcloud import Gcloud, Programs
from shared import manifest

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str], environment: Mapping[str, str], root: Path, programs: Programs | None = None) -> int:
    """The status to exit with. ``programs`` are those on PATH, where nobody gives others."""
    without_secrets = {name: value for name, value in environment.items() if name not in manifest.SECRETS}
    try:
        read = settings.read(arguments, environment, root)
        plan.carry_out(Gcloud(read, programs or Programs(root, without_secrets)))
    except settings.Stopped as stop:
        print(f"deploy.sh: {stop}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], os.environ, ROOT))
    except KeyboardInterrupt:
        sys.exit("\ndeploy.sh: interrupted. The same command again continues.")
