"""The Firestore rules that are live, compared with ours."""

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from deploy import fingerprints

Kind = Literal["none", "same", "ours", "theirs"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``kind`` is ``none`` where nothing is granted to anybody, ``ours`` for an older release of ours or one that was
    changed by hand, and ``theirs`` for what somebody else may need. ``exposed`` are matches of whole subtrees, and
    ``lacking`` matches of ours that are not there."""

    kind: Kind
    difference: str
    lacking: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()


def compare(live: str | None, ours: str, released: str) -> Verdict:
    """``released`` is the fingerprint of what was released here last, or empty."""
    if live is None:
        return Verdict("none", "", tuple(sorted(_matches(ours))))
    if live == ours:
        return Verdict("same", "")
    lacking = tuple(sorted(_matches(ours) - _matches(live)))
    exposed = tuple(sorted(match for match in _matches(live) if "=**" in match))
    return Verdict(_kind(live, ours, released), _difference(live, ours), lacking, exposed)


def _kind(live: str, ours: str, released: str) -> Kind:
    if _grants_nothing(live):
        return "none"
    if fingerprints.of_text(live) == released:
        return "ours"
    # Whoever opens a rule of ours by hand keeps its paths; another app has paths of its own.
    return "ours" if released and _matches(live) <= _matches(ours) else "theirs"


def _difference(live: str, ours: str) -> str:
    lines = difflib.unified_diff(live.splitlines(), ours.splitlines(), "live", "firestore.rules", lineterm="")
    return "\n".join(lines)


def _without_comments(rules: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", rules, flags=re.DOTALL)


def _grants_nothing(rules: str) -> bool:
    """Whether every ``allow`` is ``if false``, as in the rules that come with a new database."""
    allowed = re.findall(r"\ballow\b([^;]*);", _without_comments(rules))
    return all(re.fullmatch(r"[\w\s,]+:\s*if\s+false\s*", condition) for condition in allowed)


def _matches(rules: str) -> set[str]:
    """The paths of the ``match`` blocks; what a wildcard is called does not count, whether it spans a subtree does."""
    paths = re.findall(r"\bmatch\s+(/(?:[^\s{]|\{[^}]*\})+)", _without_comments(rules))
    return {re.sub(r"\{\w+(=\*\*)?\}", r"{\1}", path) for path in paths}
