"""Stripe's webhook endpoint for this deployment: made once, found again by its URL, and put right where it differs.

    printf %s "$STRIPE_SECRET_KEY" | python3 -m deploy.stripe_webhook URL [--anew] EVENT... -- COMMAND...

COMMAND stores the signing secret, which Stripe tells once: it gets it on standard input, and nobody else sees it. With
``--anew`` the secret of an endpoint that is there is not held any more, and one of ours is made again. Prints one line.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from deploy.stripe_api import StripeError, call

API_VERSION = "2026-10-28.endive"  # what the library in requirements.txt reads; an endpoint keeps its own for ever
STORE_SECONDS = 120
PATH = "/v1/webhook_endpoints"

Endpoint = dict[str, Any]


class NotStored(Exception):
    """The signing secret could not be stored."""


class NotOurs(Exception):
    """Somebody made an endpoint for the URL by hand, so its secret is theirs to give."""


REFUSALS = (NotStored, NotOurs, StripeError, OSError)


def ensure(key: str, url: str, events: Sequence[str], store: Callable[[str], None], anew: bool) -> str:
    """What was done. ``store`` gets the signing secret, and raises ``NotStored`` where it cannot keep it.

    Raises:
        NotStored: the secret could not be stored; the endpoint that was made is deleted again.
        NotOurs: somebody made the endpoint by hand, and its secret is not held.
        StripeError: Stripe refused.
        OSError: Stripe was not reached.
    """
    there = [endpoint for endpoint in _all(key) if endpoint["url"] == url]
    by_hand = [endpoint for endpoint in there if "guilder" not in endpoint["metadata"]]
    if by_hand:
        if anew:
            raise NotOurs(f"{by_hand[0]['id']} was made by hand: give its signing secret, or delete it")
        return _put_right(key, by_hand[0], events)
    usable = [endpoint for endpoint in there if not anew and _is_usable(endpoint)]
    if usable:
        return _put_right(key, usable[0], events)
    made = _make(key, url, events, store)
    # Events that the old ones still owe come no more; sessions are confirmed by the landing page, too.
    for endpoint in there:
        call(key, "DELETE", f"{PATH}/{endpoint['id']}", {})
    return f"made {made['id']}, and its secret is stored"


def _all(key: str) -> list[Endpoint]:
    page = call(key, "GET", PATH, {"limit": "100"})  # Stripe allows sixteen
    return list(page["data"])


def _is_usable(endpoint: Endpoint) -> bool:
    """Whether its secret was stored, and its events are in the form that our library reads."""
    return bool(endpoint["metadata"]["guilder"] == "stored") and endpoint["api_version"] == API_VERSION


def _make(key: str, url: str, events: Sequence[str], store: Callable[[str], None]) -> Endpoint:
    wanted = {"url": url, "api_version": API_VERSION, "description": "Guilder", "metadata[guilder]": "new"}
    made: Endpoint = call(key, "POST", PATH, wanted | _events(events))
    try:
        store(made["secret"])
    except NotStored as failure:
        call(key, "DELETE", f"{PATH}/{made['id']}", {})
        raise NotStored(f"the signing secret could not be stored: {failure}") from None
    call(key, "POST", f"{PATH}/{made['id']}", {"metadata[guilder]": "stored"})
    return made


def _put_right(key: str, endpoint: Endpoint, events: Sequence[str]) -> str:
    if set(endpoint["enabled_events"]) == set(events) and endpoint["status"] == "enabled":
        return f"kept {endpoint['id']}"
    call(key, "POST", f"{PATH}/{endpoint['id']}", {"disabled": "false"} | _events(events))
    return f"put {endpoint['id']} right"


def _events(events: Sequence[str]) -> dict[str, str]:
    return {f"enabled_events[{place}]": event for place, event in enumerate(events)}


def _storing(command: Sequence[str]) -> Callable[[str], None]:
    def store(secret: str) -> None:
        try:
            subprocess.run(command, input=secret.encode(), check=True, timeout=STORE_SECONDS, capture_output=True)  # noqa: S603
        except (subprocess.SubprocessError, OSError) as failure:
            said = getattr(failure, "stderr", None) or str(failure).encode()
            raise NotStored(said.decode(errors="replace").strip()) from None

    return store


def main(arguments: list[str]) -> int:
    end = arguments.index("--")
    (url, *events), store = arguments[:end], _storing(arguments[end + 1 :])
    anew = "--anew" in events
    try:
        print(ensure(sys.stdin.read().strip(), url, [event for event in events if event != "--anew"], store, anew))
    except REFUSALS as error:
        print(f"Stripe's webhook: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
