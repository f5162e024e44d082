"""Functions of another app that have names of ours; ``gcloud functions list --format=json`` comes on standard input.

    gcloud functions list ... --format=json | python3 -m deploy.live_functions tip generate ...

Prints their names. Ours carry the label ``guilder``.
"""

import sys
from typing import Any

from deploy.answers import given


def foreign(functions: list[dict[str, Any]], names: list[str]) -> list[str]:
    found = {function["name"].rpartition("/")[2]: function.get("labels", {}) for function in functions}
    return sorted(name for name in names if name in found and "guilder" not in found[name])


def main(names: list[str]) -> int:
    print("\n".join(foreign(given([]), names)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
