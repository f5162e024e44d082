"""The Hosting release that is live, compared with ours, whose message is ``Guilder`` and a fingerprint of its files."""

from dataclasses import dataclass
from typing import Any, Literal

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
