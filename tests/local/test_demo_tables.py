"""Needs nothing: what the demo prints of a ledger, and the picture of its output."""

import re
from typing import Any

from local.demo import ledger_table, picture


def line(kind: str, balance: int, details: dict[str, Any] | None = None, **funds: int) -> dict[str, Any]:
    return {
        "id": f"{kind}_{'0123456789' * 5}",
        "type": kind,
        "amount": sum(funds.values()),
        "funds": {"bonus": 0, "purchased": 0, "earned": 0} | funds,
        "details": details or {},
        "balance": balance,
    }


LEDGER = [
    line("signup_bonus", 10, bonus=10),
    line("purchase", 60, {"stripeSessionId": "cs_1"}, purchased=50),
    line("tip_sent", 42, {"recipientId": "ben"}, bonus=-10, purchased=-8),
    line("tip_sent", 24, {"recipientId": "ben"}, purchased=-18),
    line("tip_sent", 6, {"recipientId": "cleo"}, purchased=-18),
    line("clawback", 0, {"owed": 44}, purchased=-6),
]


def test_lines_that_say_the_same_stand_together_with_their_sums() -> None:
    assert ledger_table.draw(LEDGER, 90).splitlines() == [
        "  type          amount  balance  owed  bonus  purchased  earned  id",
        "  ────────────  ──────  ───────  ────  ─────  ─────────  ──────  ─────────────────────────",
        "  signup_bonus     +10       10          +10                     signup_bonus_01234567890…",
        "  purchase         +50       60                     +50          purchase_012345678901234…",
        "  tip_sent x 2     -36       24          -10        -26          tip_sent_012345678901234…",
        "  tip_sent         -18        6                     -18          tip_sent_012345678901234…",
        "  clawback          -6        0    44                -6          clawback_012345678901234…",
    ]


def test_a_narrow_terminal_is_shown_no_ids() -> None:
    shown = ledger_table.draw(LEDGER, 70).splitlines()

    assert shown[0] == "  type          amount  balance  owed  bonus  purchased  earned"
    assert shown[-1] == "  clawback          -6        0    44                -6"


def test_the_picture_shows_the_story_and_not_how_the_machine_started() -> None:
    drawn = picture.draw("Starting ...\n  + Stripe (0.0 s)\nRunning after 1 s.\n\nAn act\n  Ada & Ben\n\ndemo: ok\n")

    texts = re.findall(r'fill="(#\w+)"[^>]*>([^<]+)</text>', drawn)
    assert texts == [
        ("#79c0ff", "$ make demo"),
        ("#d2a8ff", "An act"),
        ("#e6edf3", "Ada &amp; Ben"),
        ("#3fb950", "demo: ok"),
    ]
