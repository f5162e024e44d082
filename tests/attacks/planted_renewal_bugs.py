"""Bugs of money that comes again, each planted into the running product for a while: expiry, passes, access, reloads.

Each is what the straightforward implementation would do, or what one careless edit would make of ours.
"""

import dataclasses
import datetime
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from shared import clock
from shared.billing import reloads
from shared.cloud.commits import DELETED_FIELD, Batch
from shared.cloud.queries import Query, fetch
from shared.errors import FairUseReached
from shared.ledger import benefits, days, lots, means, reload
from shared.ledger.auto_reload import AutoReload
from shared.ledger.benefits import Benefits, Held
from shared.ledger.entitlements import Entitlements
from shared.ledger.entries import Entry
from shared.ledger.lots import Holding
from shared.ledger.means import Means
from shared.ledger.reload import Bounds, Claim
from shared.ledger.wallet import Wallet
from shared.money import benefit_fields, expiry, freezing, ledger_lines, lifetimes, reversals, wallets
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


# -- passes and access -------------------------------------------------------------------------------------------------


def pass_that_begins_anew(patch: Patch) -> None:
    """A pass that is bought while one runs replaces it."""
    lengthen = benefits._lengthen
    patch.setattr(benefits, "_lengthen", lambda passes, *given: (passes.clear(), lengthen(passes, *given)))


def pass_that_outlives_its_money(patch: Patch) -> None:
    """Who was refunded keeps what costs no tokens."""
    patch.setattr(Benefits, "turns", lambda _benefits, _is_all_back: False)


def access_that_outlives_its_money(patch: Patch) -> None:
    """Who was refunded keeps the access that was bought."""

    def keep(*given: Any) -> tuple[Held, datetime.timedelta]:
        after, lost = benefits.withdrawn(*given)
        return replace(after, access=given[2].access), lost

    patch.setattr(reversals, "withdrawn", keep)


def access_without_an_heir(patch: Patch) -> None:
    """Access goes with the order that it came by, whatever else gives it."""
    patch.setattr(benefit_fields, "heir", lambda *_order: None)


# -- reloads -----------------------------------------------------------------------------------------------------------


def reloads_without_a_cap(patch: Patch) -> None:
    """Nobody adds up what a month costs."""
    patch.setattr(AutoReload, "fits", lambda _reload, _amount, _month: True)


def reloads_at_any_time(patch: Patch) -> None:
    """A reload follows another as soon as the wallet is low again."""
    patch.setattr(reloads, "bounds", lambda: Bounds(seconds_apart=0, failures_max=3))


def reloads_that_are_off(patch: Patch) -> None:
    """What was queued before auto-reload was turned off goes on."""
    claim = reload.claim

    def claim_all_the_same(wallet: Wallet, *asked: Any) -> Any:
        state = wallet.auto_reload
        claimed = claim(replace(wallet, auto_reload=replace(state, is_on=True)), *asked)
        if isinstance(claimed, Claim):
            return replace(claimed, after=replace(claimed.after, is_on=state.is_on))
        return claimed

    patch.setattr(reload, "claim", claim_all_the_same)


def declined_reloads_count(patch: Patch) -> None:
    """What was reserved of the month stays so, whatever the bank says."""
    settlement = reload.settlement
    patch.setattr(reload, "settlement", lambda *asked: replace(settlement(*asked), spent=0))


# -- use that costs no tokens ------------------------------------------------------------------------------------------


def trial_without_an_end(patch: Patch) -> None:
    """Whoever was granted a trial has one."""
    patch.setattr(Entitlements, "trial_remaining", property(lambda held: 8 if held.trial is not None else 0))


def use_that_nobody_counts(patch: Patch) -> None:
    """What costs no tokens changes nothing of the wallet."""
    counted = Means.counted
    patch.setattr(Means, "counted", lambda means, images: counted(means, images) if means.paid_by == "tokens" else {})


def trial_that_never_comes_back(patch: Patch) -> None:
    """What failed of a trial is used up all the same."""
    patch.setattr(Means, "given_back", lambda _means, _images, _refused: {})


def place_that_comes_back_today(patch: Patch) -> None:
    """What failed gives its place back on the day on which that was found out."""
    given_back = Means.given_back
    patch.setattr(
        Means,
        "given_back",
        lambda means, *failed: given_back(replace(means, day=days.day_of(clock.now())), *failed),
    )


def passes_without_a_limit(patch: Patch) -> None:
    """Unlimited use has no limit."""
    unlimited = Entitlements.unlimited
    patch.setattr(
        Entitlements, "unlimited", lambda held, *asked: (replace(it, per_day=99) for it in unlimited(held, *asked))
    )


def charged_beyond_the_limit(patch: Patch) -> None:
    """Where the day of a pass is used up tokens pay, and nobody is asked."""
    choose = means.choose

    def choose_silently(held: Entitlements, *asked: Any) -> Means:
        try:
            return choose(held, *asked)
        except FairUseReached:
            return Means("tokens", held.today)

    patch.setattr(means, "choose", choose_silently)


def free_use_without_a_line(patch: Patch) -> None:
    """A line of no tokens would say nothing."""
    add_line = ledger_lines.add_line

    def add_what_moves(batch: Batch, entry: Entry) -> None:
        if entry.amount or entry.type != "generation_spend":
            add_line(batch, entry)

    patch.setattr(ledger_lines, "add_line", add_what_moves)


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

HASTY_RELOADS = dataclasses.replace(
    RELOADS,
    operations={**RELOADS.operations, "set_reload": 24},
    duplicate=0.6,
    pace_milliseconds=2_000,
    deliver=0.6,
)

MEANS = FaultRates(
    fault_at_change=0.05,
    overlap=0.2,
    operations={
        "sign_up": 8,
        "verify": 2,
        "generate": 30,
        "retry": 6,
        "sweep": 3,
        "midnight": 4,
        "buy_pass": 6,
        "pay": 8,
    },
)

KINDS = {
    "lots": LOTS,
    "frozen": FROZEN,
    "reloads": RELOADS,
    "hasty reloads": HASTY_RELOADS,
    "means": MEANS,
    "passes": PASSES,
}

PLANTED: dict[Callable[[Patch], None], FaultRates] = {
    expired_tokens_pay: LOTS,
    lots_stay_when_their_tokens_leave: LOTS,
    what_ends_last_is_spent_first: LOTS,
    what_comes_back_is_over: LOTS,
    frozen_tokens_end: FROZEN,
    credit_that_nobody_finds: LOTS,
    opened_with_what_was_over: FROZEN,
    reloads_without_a_cap: RELOADS,
    reloads_at_any_time: HASTY_RELOADS,
    reloads_that_are_off: HASTY_RELOADS,
    declined_reloads_count: RELOADS,
    trial_without_an_end: MEANS,
    use_that_nobody_counts: MEANS,
    trial_that_never_comes_back: MEANS,
    free_use_without_a_line: MEANS,
    place_that_comes_back_today: MEANS,
    passes_without_a_limit: MEANS,
    charged_beyond_the_limit: MEANS,
    pass_that_begins_anew: PASSES,
    pass_that_outlives_its_money: PASSES,
    access_that_outlives_its_money: PASSES,
    access_without_an_heir: PASSES,
}
"""Each bug, and the kind of run that must catch it."""

CAUGHT_BY: dict[Callable[[Patch], None], tuple[int, int]] = {
    expired_tokens_pay: (3, 18),
    lots_stay_when_their_tokens_leave: (1, 1),
    what_ends_last_is_spent_first: (14, 30),
    what_comes_back_is_over: (4, 21),
    frozen_tokens_end: (3, 18),
    credit_that_nobody_finds: (5, 10),
    opened_with_what_was_over: (6, 6),
    reloads_without_a_cap: (1, 49),
    trial_without_an_end: (1, 10),
    use_that_nobody_counts: (1, 3),
    trial_that_never_comes_back: (2, 11),
    free_use_without_a_line: (1, 4),
    pass_that_begins_anew: (1, 18),
    pass_that_outlives_its_money: (1, 40),
    access_that_outlives_its_money: (1, 17),
    access_without_an_heir: (5, 47),
    place_that_comes_back_today: (5, 8),
    passes_without_a_limit: (10, 21),
    charged_beyond_the_limit: (12, 43),
    reloads_that_are_off: (1, 17),
    declined_reloads_count: (1, 30),
    reloads_at_any_time: (5, 23),
}
"""The seed, and the number of operations, that catch each bug soonest."""
