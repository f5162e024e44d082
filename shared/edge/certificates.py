"""Google's certificates for ID tokens, kept in memory for as long as Google says that they hold.

The library asks for them with every token. Its own cache answers, but goes through a whole HTTP request first, which is
most of what a token costs.
"""

import re
from typing import Any

from shared import clock

_MAX_AGE = re.compile(r"\bmax-age=(\d{1,9})\b")


class KeptCertificates:
    """Stands before the library's ``request``, and passes on what is not known or does not hold any more."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._kept: dict[str, tuple[float, Any]] = {}

    def __call__(self, url: str, method: str = "GET", **options: Any) -> Any:
        until, response = self._kept.get(url, (0.0, None))
        if clock.monotonic() < until:
            return response
        response = self._request(url, method=method, **options)
        if response.status == 200 and (seconds := _seconds(response.headers)) > 0:
            self._kept[url] = (clock.monotonic() + seconds, response)
        return response


def _seconds(headers: Any) -> int:
    """How long the response still holds: it may have been in a cache before."""
    max_age = _MAX_AGE.search(headers.get("Cache-Control", ""))
    age = headers.get("Age", "")
    return (int(max_age[1]) if max_age else 0) - (int(age) if age.isdecimal() else 0)
