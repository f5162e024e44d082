"""A wallet against what its lines sum to: what differs, under which name it is reported."""

from collections.abc import Mapping

from shared.ledger.entitlements import Trial
from shared.ledger.funds import Funds
from shared.ledger.wallet import Wallet

Difference = tuple[str, dict[str, object]]
"""The name of a finding, and its fields."""

SUMMED = ("amount", *(f"funds.{fund}" for fund in Funds.names))
"""The fields of a line that make up its wallet's balance."""

TRIAL = ("trial.remaining", "trial.used")
"""The images of the trial, by their fields on the wallet: what is left, and what was used."""


def balance_differences(wallet: Wallet, booked: Mapping[str, float]) -> list[Difference]:
    """What of the wallet is not the sum of its lines; ``booked`` has each of ``SUMMED``."""
    held: dict[str, tuple[int, float]] = {
        "balance": (wallet.balance + wallet.drift, booked["amount"]),
        **{fund: (getattr(wallet.funds, fund), booked[f"funds.{fund}"]) for fund in Funds.names},
    }
    differences = [
        _difference("balance-mismatch", what=name, wallet=tokens, ledger=shown(amount))
        for name, (tokens, amount) in held.items()
        if tokens != amount or tokens < 0
    ]
    differences += [
        _difference("fraction", what=name, ledger=shown(amount))
        for name, (tokens, amount) in held.items()
        if tokens == amount and not isinstance(amount, int)  # halves that make up a whole
    ]
    if wallet.drift and not differences:
        funds = wallet.funds.total
        differences.append(_difference("funds-mismatch", wallet=funds + wallet.drift, funds=funds))
    return differences


def lot_differences(wallet: Wallet, booked: Mapping[str, float]) -> list[Difference]:
    """Which of the wallet's lots are not what was ``booked``, by the names of their fields."""
    held = {f"lots.{fund}.{day}": n for fund, lots in wallet.lots.to_fields().items() for day, n in lots.items()}
    return [
        _difference("lot-mismatch", what=name, wallet=held.get(name, 0), ledger=shown(booked.get(name, 0)))
        for name in sorted(held.keys() | booked.keys())
        if held.get(name, 0) != booked.get(name, 0)
    ]


def trial_differences(wallet: Wallet, booked: Mapping[str, float]) -> list[Difference]:
    """Which of ``TRIAL`` is not what was ``booked``: granted, less used, plus given back."""
    trial = wallet.entitlements.trial or Trial(0, 0)
    held = dict(zip(TRIAL, (trial.remaining, trial.used), strict=True))
    return [
        _difference("trial-mismatch", what=name, wallet=images, ledger=shown(booked[name]))
        for name, images in held.items()
        if images != booked[name]
    ]


def debt_differences(wallet: Wallet, booked: float) -> list[Difference]:
    """Whether the wallet owes what was ``booked``: by its lines, or by its orders."""
    if wallet.debt == booked:
        return []
    return [_difference("debt-mismatch", wallet=wallet.debt, ledger=shown(booked))]


def _difference(name: str, **fields: object) -> Difference:
    return name, fields


def shown(amount: float) -> object:
    """The amount as a report, an answer and a log line hold it: what is no whole number as text."""
    return amount if isinstance(amount, int) else str(amount)
