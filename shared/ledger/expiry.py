"""Expiry: tokens whose day is over leave the wallet, a line a lot. Those of a frozen wallet get a later day."""

from dataclasses import dataclass

from shared.ledger import ids
from shared.ledger.decision import Outcome, Ref, State
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.ledger.lots import Lots
from shared.ledger.wallet import Wallet, opened


@dataclass(frozen=True, slots=True)
class Expiry:
    """What of a wallet is over; ``first`` is a fund and day of it, by which a repetition is known.

    It is booked of a wallet that owes as well. Of a frozen one nothing is.
    """

    user_id: str
    first: tuple[str, int]
    economy: str

    @property
    def id(self) -> str:
        return ids.expiry(self.user_id, *self.first)

    @property
    def fingerprint(self) -> str:
        return ""

    @property
    def reads(self) -> tuple[Ref, ...]:
        return (Ref("wallet", self.user_id),)

    def decide(self, state: State) -> Outcome:
        wallet = opened(state.wallets[self.user_id])
        wallet.require_sound()
        over = each(wallet.expired)
        if self.first not in [(fund, day) for fund, day, _ in over]:
            return Outcome()  # it was booked meanwhile, or the wallet is frozen
        over.sort(key=lambda lot: lot[:2] != self.first)
        return Outcome(tuple(self._line(*lot) for lot in over))

    def _line(self, fund: str, day: int, tokens: int) -> Entry:
        return Entry(
            ids.expiry(self.user_id, fund, day),
            self.user_id,
            "expiry",
            Funds(**{fund: -tokens}),
            {"fund": fund, "day": day},
            self.economy,
            self.fingerprint,
            lots=Lots(**{fund: {day: -tokens}}),
        )


def each(lots: Lots) -> list[tuple[str, int, int]]:
    """Fund, day and tokens of each lot, the first day first."""
    of_all = [(fund, day, tokens) for fund in Lots.names for day, tokens in lots.of(fund).items()]
    return sorted(of_all, key=lambda lot: (lot[1], lot[0]))


def postponed(wallet: Wallet, until: int, economy: str) -> tuple[Entry, ...]:
    """The lines, of 0 tokens, by which what ran out while the wallet was frozen ends at the day ``until`` instead."""
    return tuple(
        Entry(
            ids.postponement(wallet.user_id, fund, day),
            wallet.user_id,
            "expiry",
            Funds(),
            {"fund": fund, "day": day},
            economy,
            fingerprint="",
            lots=Lots(**{fund: {day: -tokens, until: tokens}}),
        )
        for fund, day, tokens in each(wallet.lots.expired(wallet.today))
    )
