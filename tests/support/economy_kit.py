"""Economies for tests: the default one with other terms, as if its file said so."""

import sys
from typing import Any

import pytest

from shared.economy import chosen
from shared.economy.model import Economy
from shared.economy.terms import Limits

_made: set[object] = set()
"""What stood in for the economy in tests that have ended; modules that were loaded meanwhile still have it."""


def use(monkeypatch: pytest.MonkeyPatch, **terms: Any) -> Economy:
    """Has everything that is loaded see the economy with these terms, until the test ends."""
    prices = chosen.economy().model_copy(update=terms)
    original = chosen.economy

    def changed() -> Economy:
        # What is loaded meanwhile keeps this one when the test has ended.
        return prices if chosen.economy is changed else original()

    _made.add(changed)
    for name, module in list(sys.modules.items()):
        held = getattr(module, "economy", None)
        if name.startswith(("shared.", "functions.")) and (held is original or (callable(held) and held in _made)):
            monkeypatch.setattr(module, "economy", changed)
    return prices


def limit(monkeypatch: pytest.MonkeyPatch, **limits: int) -> Economy:
    """The same with these limits and no others."""
    return use(monkeypatch, limits=Limits(**limits))
