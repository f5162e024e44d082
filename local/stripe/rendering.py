"""What every page of the local Stripe is made of: templates, the choice of a card, and the page of what is over."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.stripe.cards import TEST_CARDS, Card

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """A page, or a redirect when ``location`` is not empty."""

    status: int
    html: str
    location: str = ""


def page(template: str, status: int = HTTPStatus.OK, **content: Any) -> PageAnswer:
    """A page of the template in the folder ``templates``."""
    return PageAnswer(status, _templates.get_template(f"{template}.html").render(content))


def closed(status: int, title: str, text: str) -> PageAnswer:
    """The page of what cannot be done any more, or never could."""
    return page("closed", status, title=title, closed=text)


def redirect(location: str) -> PageAnswer:
    """Leads to another page after a form."""
    return PageAnswer(HTTPStatus.SEE_OTHER, "", location)


def card_choices(chosen: str, offered: Iterable[Card] = TEST_CARDS) -> list[dict[str, object]]:
    """What ``cards.html`` shows; ``chosen`` is a number or a name."""
    return [
        {
            "number": card.number,
            "spaced": " ".join(card.number[start : start + 4] for start in range(0, len(card.number), 4)),
            "label": card.label,
            "chosen": card.is_called(chosen),
        }
        for card in offered
    ]
