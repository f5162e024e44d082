"""Rebuilding: a wallet is set to what its lines say, and its debt to what its orders owe.

The ledger is right and the wallet is a view of it. A line that is wrong is balanced by another line, not here.
"""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared import clock
from shared.cloud import documents, sums
from shared.cloud.commits import Batch, if_unchanged
from shared.cloud.documents import Snapshot
from shared.cloud.failures import DeadlineExceeded
from shared.cloud.queries import Query
from shared.cloud.sums import Amounts
from shared.errors import DoesNotAddUp, WalletInconsistent
from shared.ledger.entries import TOTALS, signed, types_in
from shared.ledger.funds import Funds
from shared.ledger.lots import Holding, Lots
from shared.ledger.wallet import Wallet, opened
from shared.money import comparison, history, wallets
from shared.money.audit import agreed
from shared.money.comparison import SUMMED
from shared.money.history import Window
from shared.money.ledger_lines import ExtraWrite

ATTEMPTS = 16
SECONDS = 45.0
"""For all attempts: the caller waits for a minute."""


@dataclass(frozen=True, slots=True)
class Look:
    """An account, and what the wallet would be by its lines and orders, as of the moment that it was read at.

    ``booked`` has the sums by the fields of a line, the lifetime totals, ``owed``, and what is left of the trial and
    was used of it; ``lots`` those of what expires.
    """

    account: Snapshot
    booked: Mapping[str, float]
    lots: Mapping[str, float]

    @property
    def findings(self) -> list[dict[str, object]]:
        """What of the balance, the funds and the debt is not what was booked."""
        try:
            wallet = wallets.parsed(self.account)
        except WalletInconsistent as error:
            return [{"finding": "wallet-inconsistent", "detail": error.detail}]
        differences = [
            *comparison.balance_differences(wallet, self.booked),
            *comparison.lot_differences(wallet, self.lots),
            *comparison.trial_differences(wallet, self.booked),
            *comparison.debt_differences(wallet, self.booked["owed"]),
        ]
        return [{"finding": name, **fields} for name, fields in differences]

    @property
    def wallet(self) -> Wallet:
        """The wallet that the lines make.

        Raises:
            DoesNotAddUp: they make none: something in them is no whole number, or they sum to less than nothing.
        """
        whole = {name: amount for name, amount in self.booked.items() if isinstance(amount, int)}
        wrong = sorted(self.booked.keys() - whole.keys())
        wrong += [name for name in (*SUMMED, "owed", *comparison.TRIAL) if whole.get(name, 0) < 0]
        if whole.get("amount") != sum(whole.get(f"funds.{fund}", 0) for fund in Funds.names):
            wrong.append("amount")
        if wrong:
            raise DoesNotAddUp([{"finding": "lines", "what": name, "ledger": str(self.booked[name])} for name in wrong])
        held = Holding(Funds(**{fund: whole[f"funds.{fund}"] for fund in Funds.names}), self._lots())
        if not held.is_sound:
            raise DoesNotAddUp([{"finding": "lines", "what": name, "ledger": str(n)} for name, n in self.lots.items()])
        return Wallet(
            user_id=self.account.id,
            funds=held.funds,
            lots=held.lots,
            total_purchased=whole["totalTokensPurchased"],
            total_spent=whole["totalTokensSpent"],
            total_earned=whole["totalTokensEarned"],
            total_credited=whole["totalTokensCredited"],
            debt=whole["owed"],
        )

    def _lots(self) -> Lots:
        fields: dict[str, dict[str, float]] = {}
        for name, tokens in self.lots.items():
            _, fund, day = name.split(".")
            fields.setdefault(fund, {})[day] = tokens
        try:
            return wallets.lots(fields)
        except WalletInconsistent as error:
            raise DoesNotAddUp([{"finding": "lines", "what": "lots", "ledger": str(fields)}]) from error


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a wallet says, whether or not it can be: the fields that lines make."""

    before: Mapping[str, object]
    after: Mapping[str, object]


def look(user_id: str, until: float) -> Look:
    """The account and what the ledger says of it, as of one moment. ``until`` is by ``clock.monotonic``.

    Raises:
        NoSuchAccount: there is no such account.
        DeadlineExceeded: there are more lines than can be summed in that time.
    """
    account = documents.get(wallets.reference(user_id))
    opened(account if account.exists else None)
    moment = account.read_time
    walked = _walked(user_id, moment, until)
    trial = {name: walked[name] for name in comparison.TRIAL}
    return Look(account, _booked(user_id, moment, until) | trial, agreed.lots_in(walked))


def _booked(user_id: str, moment: datetime.datetime, until: float) -> dict[str, float]:
    lines = Query("transactions").where("userId", "==", user_id)
    booked = sums.by_time(lines, SUMMED, moment, until)
    del booked[sums.COUNT]
    for total in TOTALS:
        of_total = Query("transactions").where("type", "in", types_in(total)).where("userId", "==", user_id)
        booked[total] = signed(total, sums.at_once(of_total, ("amount",), moment, until)["amount"])
    orders = Query("orders").where("userId", "==", user_id)
    return booked | {"owed": sums.at_once(orders, ("owed",), moment, until)["owed"]}


def _walked(user_id: str, moment: datetime.datetime, until: float) -> Amounts:
    """The sums of the lines that Firestore cannot make: those that the audit agreed on, and the lines since then.

    Raises:
        DeadlineExceeded: there are more lines than can be read in that time.
    """
    before = agreed.read(user_id, moment)
    walked = before.sums
    for line in history.lines(user_id, Window(start=before.through), moment):
        walked = agreed.with_line(walked, line.fields)
        if clock.monotonic() > until:
            raise DeadlineExceeded("too many lines")  # type: ignore[no-untyped-call]  # as the library has it
    return walked


def rebuild(user_id: str, record: Callable[[Numbers], ExtraWrite]) -> Numbers:
    """Sets the wallet to what the ledger says. One that agrees is left alone.

    ``record`` adds what is written of it to the same commit.

    Raises:
        NoSuchAccount, DeadlineExceeded: as ``look``.
        DoesNotAddUp: the lines themselves make no wallet; nothing was written.
        Contention: tokens kept moving; nothing was written.
        AlreadyExists: what ``record`` writes is there already.
    """
    return _rebuild(user_id, record, clock.monotonic() + SECONDS)


@if_unchanged(ATTEMPTS, "Tokens keep moving in this wallet; try again in a moment.")
def _rebuild(user_id: str, record: Callable[[Numbers], ExtraWrite], until: float) -> Numbers:
    found = look(user_id, until)
    wallet, account = found.wallet, found.account.fields
    trial = {name.removeprefix("trial."): found.booked[name] for name in comparison.TRIAL}
    after = {
        "tokenBalance": wallet.balance,
        "funds": dict(wallet.funds.to_fields()),
        **({"lots": wallet.lots.to_fields()} if wallet.lots or "lots" in account else {}),
        **({"trial": trial} if any(trial.values()) or "trial" in account else {}),
        **wallet.totals,
        "debt": wallet.debt,
    }
    numbers = Numbers({name: account.get(name) for name in after}, after)
    if is_same(numbers.before, after):
        return numbers
    batch = Batch()
    found_by = wallets.next_expiry(wallet.lots, is_frozen="frozen" in account)
    fields = {**after, **found_by, "movedOn": clock.today()}
    batch.update(found.account.reference, fields, unchanged_since=found.account.update_time)
    record(numbers)(batch)
    batch.commit()
    return numbers


def is_same(before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    """Whether the fields hold the same whole numbers; 5.0 is none, and True is not 1."""
    return repr(_sorted(before)) == repr(_sorted(after))


def _sorted(value: object) -> object:
    return {name: _sorted(value[name]) for name in sorted(value)} if isinstance(value, Mapping) else value
