"""What a service of Google's answered to curl: the body, and the status in a line of its own."""

import json
from typing import Any


class Unanswered(Exception):
    """The service refused, or nothing that can be read came back."""


def found(answer: str) -> dict[str, Any] | None:
    """The body of the answer; None where there is nothing, because it was never made or its service is switched off.

    Raises:
        Unanswered: it cannot be said whether there is something.
    """
    text, _, status = answer.rstrip().rpartition("\n")
    try:
        body = json.loads(text or "{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Unanswered(f"{status or 'no status'}, and a body that is not JSON")
    if status == "200":
        return body
    error = body.get("error", {})
    reasons = {detail.get("reason") for detail in error.get("details", [])}
    if status == "404" or (status == "403" and "SERVICE_DISABLED" in reasons):
        return None
    raise Unanswered(f"{status} {error.get('message', '')}".strip())
