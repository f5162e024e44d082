"""Bugs of money that comes again, each planted into the running product for a while: of expiry, passes and reloads.

Each is what the straightforward implementation would do, or what one careless edit would make of ours.
"""

from collections.abc import Callable, Iterable

import pytest

from shared.cloud.commits import DELETED_FIELD
from shared.cloud.queries import Query, fetch
from shared.ledger import benefits, lots
from shared.ledger.auto_reload import AutoReload
from shared.ledger.benefits import Benefits
from shared.ledger.lots import Holding
from shared.ledger.wallet import Wallet
from shared.money import expiry, freezing, ledger_lines, lifetimes, wallets
from simulation.chaos import FaultRates

Patch = pytest.MonkeyPatch


# -- tokens that end ---------------------------------------------------------------------------------------------------


def expired_tokens_pay(patch: Patch) -> None:
    """Whatever stands in the wallet can be spent until it is booked."""
    patch.setattr(Wallet, "available", property(lambda wallet: wallet.held))


def lots_stay_when_their_tokens_leave(patch: Patch) -> None:
    """A payment writes what the funds are then, and nothing else."""
    held = wallets.held

    def only_funds(before: Wallet, after: Holding) -> dict[str, object]:
        return held(before, Holding(after.funds, before.lots))

    patch.setattr(wallets, "held", only_funds)


def what_ends_last_is_spent_first(patch: Patch) -> None:
    """The lots are drawn from as they stand in the opposite order."""
    patch.setattr(lots, "_taken", _latest_first)


def what_comes_back_is_over(patch: Patch) -> None:
    """Tokens come back with the day that they had."""
    patch.setattr(lifetimes, "end_of_grace", lambda _read_time: 0)


def frozen_tokens_end(patch: Patch) -> None:
    """Whether a wallet is frozen or not, what is over is over."""
    patch.setattr(Wallet, "expired", property(lambda wallet: wallet.lots.expired(wallet.today)))
    patch.setattr(expiry, "_over", lambda: iter(fetch(Query("users").limit(100))))


def credit_that_nobody_finds(patch: Patch) -> None:
    """A credit does not say when the first of its tokens ends."""
    patch.setattr(ledger_lines, "Minimum", lambda _day: DELETED_FIELD)


def opened_with_what_was_over(patch: Patch) -> None:
    """A wallet that is opened again is as it was."""
    patch.setattr(freezing, "_postponed", lambda _batch, _account: {})


# -- passes ------------------------------------------------------------------------------------------------------------


def pass_that_begins_anew(patch: Patch) -> None:
    """A pass that is bought while one runs replaces it."""
    lengthen = benefits._lengthen
    patch.setattr(benefits, "_lengthen", lambda passes, *given: (passes.clear(), lengthen(passes, *given)))


def pass_that_outlives_its_money(patch: Patch) -> None:
    """Who was refunded keeps what costs no tokens."""
    patch.setattr(Benefits, "turns", lambda _benefits, _is_all_back: False)


# -- reloads -----------------------------------------------------------------------------------------------------------


def reloads_without_a_cap(patch: Patch) -> None:
    """Nobody adds up what a month costs."""
    patch.setattr(AutoReload, "fits", lambda _reload, _amount, _month: True)


def _latest_first(held: Holding, order: Iterable[str], amount: int) -> Holding:
    part = Holding()
    for fund in order:
        tokens = min(getattr(held.funds, fund), amount - part.total)
        chosen: dict[int, int] = {}
        for day, in_lot in sorted(held.lots.of(fund).items(), reverse=True):
            if some := min(in_lot, tokens - sum(chosen.values())):
                chosen[day] = some
        part += lots._of_fund(fund, tokens, chosen)
    return part


LOTS = FaultRates(
    operations={
        "sign_up": 3,
        "verify": 1,
        "grant": 10,
        "tip": 16,
        "generate": 10,
        "midnight": 12,
        "expire": 6,
        "freeze": 3,
        "unfreeze": 4,
        "checkout": 6,
        "pay": 8,
        "refund": 4,
        "sweep": 2,
        "wait": 2,
    },
)

FROZEN = FaultRates(
    fault_at_change=0.02,
    operations={"sign_up": 6, "verify": 1, "grant": 6, "freeze": 10, "unfreeze": 4, "midnight": 14, "expire": 12},
)

PASSES = FaultRates(
    fault_at_change=0.03,
    overlap=0.2,
    deliver=0.85,
    operations={"sign_up": 1, "verify": 1, "buy_pass": 20, "pay": 22, "refund": 12, "dispute": 3, "answer_dispute": 3},
)

RELOADS = FaultRates(
    fault_at_change=0.06,
    overlap=0.2,
    operations={
        "sign_up": 4,
        "verify": 1,
        "set_reload": 16,
        "take_card_away": 1,
        "tip": 30,
        "reconcile": 1,
    },
    generosity=0.8,
    pace_milliseconds=15_000,
    deliver=0.8,
)

KINDS = {"lots": LOTS, "frozen": FROZEN, "reloads": RELOADS, "passes": PASSES}

PLANTED: dict[Callable[[Patch], None], FaultRates] = {
    expired_tokens_pay: LOTS,
    lots_stay_when_their_tokens_leave: LOTS,
    what_ends_last_is_spent_first: LOTS,
    what_comes_back_is_over: LOTS,
    frozen_tokens_end: FROZEN,
    credit_that_nobody_finds: LOTS,
    opened_with_what_was_over: FROZEN,
    reloads_without_a_cap: RELOADS,
    pass_that_begins_anew: PASSES,
    pass_that_outlives_its_money: PASSES,
}
"""Each bug, and the kind of run that must catch it."""

CAUGHT_BY: dict[Callable[[Patch], None], tuple[int, int]] = {
    expired_tokens_pay: (3, 18),
    lots_stay_when_their_tokens_leave: (2, 1),
    what_ends_last_is_spent_first: (1, 52),
    what_comes_back_is_over: (3, 57),
    frozen_tokens_end: (3, 18),
    credit_that_nobody_finds: (1, 16),
    opened_with_what_was_over: (2, 19),
    reloads_without_a_cap: (1, 49),
    pass_that_begins_anew: (1, 18),
    pass_that_outlives_its_money: (1, 40),
}
"""The seed, and the number of operations, that catch each bug soonest."""
