"""The Firestore rules that are live, compared with ours; answers of the Firebase Rules API come on standard input.

    rest GET .../v1/projects/P/releases/cloud.firestore | python3 -m deploy.live_rules ruleset
    rest GET .../v1/RULESET | python3 -m deploy.live_rules compare firestore.rules [FINGERPRINT]

The first prints the name of the live ruleset, or nothing. The second prints a verdict, and behind it the difference.
FINGERPRINT is that of the rules that deploy.sh released last, where it did.
"""

import difflib
import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deploy.answers import Unanswered, found

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


def fingerprint(rules: str) -> str:
    """What a label remembers of rules that were released."""
    return hashlib.sha256(rules.encode()).hexdigest()[:40]


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
    if fingerprint(live) == released:
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


def main(arguments: list[str]) -> int:
    try:
        answer = found(sys.stdin.read())
    except Unanswered as refusal:
        print(f"the live rules cannot be read: {refusal}", file=sys.stderr)
        return 1
    match arguments:
        case ["ruleset"]:
            print((answer or {}).get("rulesetName", ""))
        case ["compare", path, *released]:
            files = None if answer is None else answer["source"]["files"]
            live = None if files is None else "\n".join(file["content"] for file in files)
            verdict = compare(live, Path(path).read_text(encoding="utf-8"), "".join(released))
            print(verdict.kind)
            print(verdict.difference)
            for match in verdict.lacking:
                print(f"lacking: {match}")
            for match in verdict.exposed:
                print(f"exposed: {match}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
