"""What a service of Google's answered to ``rest`` in deploy.sh: the body, and the status in a line of its own.

    rest GET URL | python3 -m deploy.answers

Prints nothing where the answer is a success, else why not, and then ends with an error.
"""

import json
import sys
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
        raise Unanswered(f"{status or 'no status'}, and a body that is no JSON")
    if status == "200":
        return body
    error = body.get("error", {})
    reasons = {detail.get("reason") for detail in error.get("details", [])}
    if status == "404" or (status == "403" and "SERVICE_DISABLED" in reasons):
        return None
    raise Unanswered(f"{status} {error.get('message', '')}".strip())


def given(nothing: Any) -> Any:
    """The JSON on standard input, or ``nothing`` where a command had nothing to print."""
    text = sys.stdin.read().strip()
    return json.loads(text) if text else nothing


def main() -> int:
    answer = sys.stdin.read()
    try:
        if found(answer) is None:
            raise Unanswered(answer.strip())
    except Unanswered as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
