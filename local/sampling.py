"""What takes long is sampled: the commit's hash chooses the part that a run plays, and ``make test ALL=1`` plays all.

``make test SAMPLE=4df5d90`` plays the part of another commit again. The same holds for the journeys of ``make
test-web``, whose processes find the sample in the environment (web/e2e/sampling.ts).
"""

import hashlib
import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

FALLBACK = "0000000"
"""Chooses where there is no commit: in a checkout without git."""

_ROOT = Path(__file__).resolve().parents[1]
_GIT_SECONDS = 10.0


def _commit() -> str:
    command = ["git", "rev-parse", "--short=7", "HEAD"]
    try:
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=_GIT_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return FALLBACK
    return done.stdout.strip() or FALLBACK


# Kept in the environment, so that the processes of pytest-xdist, and those of Playwright, choose the same part.
SAMPLE = os.environ["SAMPLE"] = os.environ.get("SAMPLE") or _commit()

ALL = bool(os.environ.get("ALL"))
"""Whether everything is played."""


def headline(what: str, command: str) -> str:
    """Which part of ``what`` is played, and how the ``command`` plays it again or plays the rest."""
    if ALL:
        return f"{what}: all of them"
    origin = " (there is no commit to name one)" if SAMPLE == FALLBACK else ""
    return f"{what}: sampled by {SAMPLE}{origin}; `{command} SAMPLE={SAMPLE}` again, `{command} ALL=1` for the rest"


def number(name: str, below: int, sample: str = SAMPLE) -> int:
    """A number from 0 that follows from the sample and the name."""
    digest = hashlib.sha256(f"{sample}/{name}".encode()).digest()
    return int.from_bytes(digest[:8]) % below


def one(choices: Sequence[T], name: str) -> Sequence[T]:
    """One of the choices, or all of them."""
    if ALL or not choices:
        return choices
    index = number(name, len(choices))
    return choices[index : index + 1]


def part(cases: Iterable[T], parts: int, name: str) -> list[T]:
    """Every case whose place is the sample's turn, so that as many commits as there are parts can play them all."""
    turn = number(name, parts)
    return [case for place, case in enumerate(cases) if ALL or place % parts == turn]
