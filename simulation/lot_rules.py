"""What must hold of tokens that expire: which lots a line may take from, and which it gives.

A lot is what of a fund ends at the first moment of one day. What of a fund is in no lot never ends.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulation import days, terms
from simulation.mirror import Fields
from simulation.violations import Kind, require

FUNDS = ("bonus", "purchased", "earned")
PREFIX = "until_"

Lots = dict[str, dict[int, int]]

CLOCKS_OFF = datetime.timedelta(seconds=5)
"""How far an instance's clock may be from Firestore's, to either side."""


@dataclass(frozen=True, slots=True)
class Time:
    """When a commit was made, and when the first request began that was under way then: it was decided in between."""

    began: datetime.datetime
    now: datetime.datetime

    @property
    def days(self) -> list[int]:
        """The days on which it may have been decided."""
        found = [days.day_of(self.began)]
        while found[-1] < days.day_of(self.now):
            found.append(days.plus(found[-1], 1))
        return found

    @property
    def ends_of_bonus(self) -> set[int]:
        """The days at which what is given away now may end."""
        lifetime = datetime.timedelta(days=terms.BONUS_DAYS)
        first, last = self.began - CLOCKS_OFF + lifetime, self.now + CLOCKS_OFF + lifetime
        return {days.ending(first), days.ending(last)}


@dataclass(frozen=True, slots=True)
class Holding:
    """Tokens by fund, and those of them that end, by fund and day."""

    funds: dict[str, int]
    lots: Lots


def funds_in(document: Fields) -> dict[str, int]:
    """The funds of a wallet, a line or an order."""
    funds = document.get("funds", {})
    return {fund: funds.get(fund, 0) for fund in FUNDS}


def lots_in(document: Fields) -> Lots:
    """The lots of a wallet, a line or what an order took."""
    lots = document.get("lots", {})
    return {fund: {int(name.removeprefix(PREFIX)): n for name, n in lots.get(fund, {}).items()} for fund in FUNDS}


def held(wallet: Fields, today: int) -> Holding:
    """What of the wallet is not over. Of one that is frozen nothing ends."""
    funds, lots = funds_in(wallet), lots_in(wallet)
    if "frozen" in wallet:
        return Holding(funds, lots)
    for fund in FUNDS:
        over = [day for day in lots[fund] if day <= today]
        funds[fund] -= sum(lots[fund].pop(day) for day in over)
    return Holding(funds, lots)


def spendable(wallet: Fields, today: int) -> int:
    """How many tokens of the wallet are not over."""
    return sum(held(wallet, today).funds.values())


def taken(of: Holding, order: Sequence[str], amount: int) -> Holding:
    """``amount`` tokens, fund by fund, of each first what ends first, and last what never does."""

    def first(fund: str, tokens: int) -> dict[int, int]:
        return _from(sorted(of.lots[fund].items()), tokens)

    return _split(of, order, amount, first)


def returned(of: Holding, order: Sequence[str], amount: int) -> Holding:
    """``amount`` tokens, fund by fund, of each first what never ends, and then what ends last."""

    def last(fund: str, tokens: int) -> dict[int, int]:
        lasting = of.funds[fund] - sum(of.lots[fund].values())
        return _from(sorted(of.lots[fund].items(), reverse=True), max(0, tokens - lasting))

    return _split(of, order, amount, last)


def _split(of: Holding, order: Sequence[str], amount: int, choose: Callable[[str, int], dict[int, int]]) -> Holding:
    funds: dict[str, int] = {}
    lots: Lots = {}
    for fund in order:
        funds[fund] = min(of.funds[fund], amount)
        amount -= funds[fund]
        lots[fund] = choose(fund, funds[fund])
    return Holding(funds, lots)


def _from(lots: Sequence[tuple[int, int]], tokens: int) -> dict[int, int]:
    found: dict[int, int] = {}
    for day, in_lot in lots:
        if some := min(in_lot, tokens):
            found[day] = some
            tokens -= some
    return found


def with_grace(given: Holding, today: int) -> Holding:
    """The same tokens, none of which ends before the grace of what comes back."""
    earliest = days.plus(today, terms.GRACE_DAYS)
    lots: Lots = {}
    for fund, of_fund in given.lots.items():
        lots[fund] = {}
        for day, tokens in of_fund.items():
            lots[fund][max(day, earliest)] = lots[fund].get(max(day, earliest), 0) + tokens
    return Holding(given.funds, lots)


def check_taken(line: Fields, wallet: Fields, order: Sequence[str], time: Time) -> None:
    """Checks that the line took what it had to of a wallet: nothing that was over."""
    out = Holding(negated(funds_in(line)), {fund: negated(lots) for fund, lots in lots_in(line).items()})
    wanted = [taken(held(wallet, day), order, -line["amount"]) for day in time.days]
    require(out in wanted, f"{line['id']} took {out} of {wallet.get('funds')} and {wallet.get('lots')}", "created")


def check_returned(line: Fields, of: Holding, order: Sequence[str], time: Time) -> None:
    """Checks that the line gives back what was taken last, and that none of it is over, or nearly."""
    given = Holding(funds_in(line), lots_in(line))
    wanted = [with_grace(returned(of, order, line["amount"]), day) for day in time.days]
    require(given in wanted, f"{line['id']} gave back {given} of {of}", "lost")


def check_given(line: Fields, time: Time) -> None:
    """Checks that what is given away is bonus, and ends when it has to."""
    amount, funds, lots = line["amount"], funds_in(line), lots_in(line)
    ends = lots["bonus"].keys() if amount and terms.BONUS_DAYS else set()
    require(funds == {"bonus": amount, "purchased": 0, "earned": 0}, f"{line['id']} gives other than bonus: {funds}")
    what = f"{line['id']} gives tokens with the lots {lots}"
    require(sum(map(len, lots.values())) == len(ends) == bool(amount and terms.BONUS_DAYS), what)
    require(ends <= time.ends_of_bonus and sum(lots["bonus"].values()) == (amount if ends else 0), what)


def check_lasting(line: Fields) -> None:
    """Checks that the line moves nothing that ends."""
    require(not any(lots_in(line).values()), f"{line['id']} moves tokens that end: {line.get('lots')}")


def check_expiry(line: Fields, before: Fields, after: Fields, time: Time) -> None:
    """Checks a line by which a lot leaves the wallet, or ends later than it was to."""
    name, fund, day = line["id"], line["details"]["fund"], line["details"]["day"]
    own, tokens = f"expiry_{line['userId']}_{fund}_{day}", lots_in(before)[fund].get(day, 0)
    require(day <= time.days[-1] and tokens > 0, f"{name} is about what is not over: {tokens} tokens", "lost", tokens)
    moved = {fund: lots for fund, lots in lots_in(line).items() if lots}
    if name == own:
        require("frozen" not in before, f"{name} left a frozen wallet", "lost", tokens)
        require(line["amount"] == funds_in(line)[fund] == -tokens, f"{name} is of {line['amount']}, not of {tokens}")
        require(moved == {fund: {day: -tokens}}, f"{name} moves the lots {moved}")
        return
    require(name == f"{own}_postponed", f"an expiry under the id {name}")
    require("frozen" in before and "frozen" not in after, f"{name} is of a wallet that was not opened")
    require(line["amount"] == 0 and not any(funds_in(line).values()), f"{name} moves tokens", "created")
    wanted = [{fund: {day: -tokens, days.plus(today, terms.GRACE_DAYS): tokens}} for today in time.days]
    require(moved in wanted, f"{name} moves the lots {moved}")


def check_wallet(user_id: str, before: Fields, wallet: Fields, lines: Sequence[Fields], time: Time) -> None:
    """Checks the lots of a wallet after a commit, and that it is found when the first of them is over."""
    funds, was, lots = funds_in(wallet), lots_in(before), lots_in(wallet)
    require(not lots["earned"], f"{user_id} has earned tokens that end: {lots['earned']}")
    for fund in FUNDS:
        in_lots = sum(lots[fund].values())
        require(min(lots[fund].values(), default=1) > 0, f"{user_id} has a lot of nothing: {lots[fund]}", "negative")
        require(in_lots <= funds[fund], f"{user_id} has {in_lots} of {funds[fund]} {fund} in lots", "negative")
        for day in {*was[fund], *lots[fund], *(day for line in lines for day in lots_in(line)[fund])}:
            by_lines = sum(lots_in(line)[fund].get(day, 0) for line in lines)
            difference = lots[fund].get(day, 0) - was[fund].get(day, 0) - by_lines
            kind: Kind = "created" if difference > 0 else "lost"
            what = (
                f"what of {fund} of {user_id} ends at {day} moved by {by_lines + difference}, its lines by {by_lines}"
            )
            require(difference == 0, what, kind, abs(difference))
    first = min((day for of_fund in lots.values() for day in of_fund), default=None)
    found_by = wallet.get("nextExpiry")
    require("frozen" in wallet or found_by == first, f"{user_id} is looked at on {found_by}, not on {first}", "lost")
    if "frozen" in before and "frozen" not in wallet:
        require(first is None or first > time.days[0], f"{user_id} was opened with what ended at {first}", "lost")


def negated(tokens: Mapping[Any, int]) -> dict[Any, int]:
    return {name: -amount for name, amount in tokens.items()}
