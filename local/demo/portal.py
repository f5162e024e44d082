"""A customer's own page at Stripe, where they change their card and switch plans."""

import html
import re

import requests

from local.demo.client import TIMEOUT_SECONDS, Reply

_SWITCH = r'name="subscription" value="(\w+)">\s*<input type="hidden" name="price" value="(\w+)">\s*<span>{name} for '
"""The form that switches to the plan of a name."""


class Portal:
    """The page at the address that ``open-portal`` answered with."""

    def __init__(self, url: str) -> None:
        self._url = url

    def save_card(self, card: str) -> Reply:
        """Has the card pay for everything from now on."""
        return self._press("card", card=card)

    def switch_to(self, plan: str) -> Reply:
        """Presses the button beside the plan of that name."""
        page = requests.get(self._url, timeout=TIMEOUT_SECONDS).text
        found = re.search(_SWITCH.format(name=re.escape(html.escape(plan))), page)
        if found is None:
            return Reply(404, f"the portal does not offer {plan}")
        return self._press("switch", subscription=found[1], price=found[2])

    def _press(self, button: str, **form: str) -> Reply:
        answer = requests.post(f"{self._url}/{button}", data=form, allow_redirects=False, timeout=TIMEOUT_SECONDS)
        return Reply(answer.status_code, answer.text)
