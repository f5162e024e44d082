"""Looks for known holes in what is installed; ``python -m tests.house.known_holes`` fails on one, or if it cannot look.

pip-audit that gets no advisories finds nothing and says so as if all were well. So it first has to find the holes of a
release that is known to have some.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GROUPS = ("demo", "test", "bench", "audit", "pip")
FILES = ("requirements.txt", *(f"requirements-{group}.txt" for group in GROUPS))
HOLED = "jinja2==2.4.1"
"""A release with published holes, which is never installed."""

PIP_AUDIT = (sys.executable, "-m", "pip_audit")
_LOOK_SECONDS = 600


def look(pip_audit: Sequence[str] = PIP_AUDIT, folder: Path = ROOT) -> int:
    """0 when nothing is known against any pinned package; 1 when something is, or when nobody could tell."""
    with tempfile.TemporaryDirectory() as empty:
        known = Path(empty) / "holed.txt"
        known.write_text(f"{HOLED}\n", encoding="utf-8")
        found = _run([*pip_audit, "--disable-pip", "--no-deps", "--requirement", str(known)])
    if found.returncode == 0 or "jinja2" not in found.stdout.lower():
        print(f"audit: no holes are found in {HOLED}, which has some: there are no advisories here to look in.")
        print(found.stdout + found.stderr)
        return 1
    files = [part for name in FILES for part in ("--requirement", str(folder / name))]
    done = _run([*pip_audit, "--disable-pip", "--require-hashes", *files])
    print(done.stdout + done.stderr)
    return 1 if done.returncode else 0


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=_LOOK_SECONDS, check=False)


if __name__ == "__main__":
    sys.exit(look())
