"""The Hosting release that is live, compared with ours; answers of the Firebase Hosting API come on standard input.

    rest GET .../v1beta1/sites/P/channels/live | python3 -m deploy.live_hosting release FINGERPRINT
    rest GET .../v1beta1/VERSION/files | python3 -m deploy.live_hosting files public

The first prints a verdict, the name of the live version, and who released it with which words; the second which of its
files would go. A release of ours says ``Guilder`` and a fingerprint of its files, as its message.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from deploy.answers import Unanswered, found

OURS = "Guilder "
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """``kind`` is ``none`` where no site is served, ``ours`` for an older release of ours."""

    kind: Literal["none", "same", "ours", "theirs"]
    version: str
    what: str


def compare(channel: dict[str, Any] | None, fingerprint: str) -> Verdict:
    release = (channel or {}).get("release")
    if not release or release.get("type") == "SITE_DISABLE":
        return Verdict("none", "", "")
    version = release.get("version", {})
    message = release.get("message", "")
    who = release.get("releaseUser", {}).get("email", "somebody")
    what = f"released {release.get('releaseTime', 'some time')} by {who}, who said: {message or 'nothing'}"
    if message == OURS + fingerprint:
        return Verdict("same", version.get("name", ""), what)
    return Verdict("ours" if message.startswith(OURS) else "theirs", version.get("name", ""), what)


def going(live: list[str], ours: list[str]) -> list[str]:
    """A line for each of the first files that are live, as in a difference; those that we have too are replaced."""
    lines = [f"- {path}{' (another takes its place)' if path in ours else ''}" for path in sorted(live)]
    return lines if len(lines) <= SHOWN else [*lines[:SHOWN], f"- and {len(lines) - SHOWN} more"]


def main(arguments: list[str]) -> int:
    try:
        answer = found(sys.stdin.read())
    except Unanswered as refusal:
        print(f"the live site cannot be looked at: {refusal}", file=sys.stderr)
        return 1
    match arguments:
        case ["release", fingerprint]:
            verdict = compare(answer, fingerprint)
            print(verdict.kind, verdict.version, verdict.what, sep="\n")
        case ["files", folder]:
            ours = [f"/{path.relative_to(folder)}" for path in Path(folder).rglob("*") if path.is_file()]
            print("\n".join(going([file["path"] for file in (answer or {}).get("files", [])], ours)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
