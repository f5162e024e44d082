"""Calls of Stripe's API with nothing but Python, for what a deployment makes there."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

BASE = "https://api.stripe.com"
TIMEOUT_SECONDS = 30


class StripeError(Exception):
    """Stripe refused; ``code`` is its own name for why."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def call(key: str, method: str, path: str, parameters: Mapping[str, str]) -> Any:
    """What Stripe answers.

    Raises:
        StripeError: it refused.
        OSError: it was not reached.
    """
    form = urllib.parse.urlencode(parameters)
    url = os.environ.get("STRIPE_API_BASE", BASE) + path
    request = urllib.request.Request(  # noqa: S310 - Stripe's address, or the local one of a test
        f"{url}?{form}" if method == "GET" else url,
        data=form.encode() if method == "POST" else None,
        headers={"Authorization": f"Bearer {key}"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            return json.load(response)
    except urllib.error.HTTPError as refusal:
        with refusal:
            error = json.load(refusal)["error"]
        raise StripeError(error.get("message", "refused"), error.get("code", "")) from None
