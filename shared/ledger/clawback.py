"""Clawbacks and reinstatements: the tokens of an order whose money went back are taken, and given back if it returns.

How many tokens are *due* follows from how much of the money is back, and from nothing else. What of them was in the
wallet is *taken*; the rest is *owed*, and is the wallet's debt until tokens arrive. One line brings an order to what is
due: a clawback takes, a reinstatement first releases what is owed and then gives back what was taken. The order numbers
its lines, so that each is written once.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from shared.ledger import ids
from shared.ledger.benefits import NO_BENEFITS, Benefits
from shared.ledger.entries import Entry
from shared.ledger.lots import Holding, draw_back, return_taken
from shared.ledger.wallet import Wallet


@dataclass(frozen=True, slots=True)
class Reversible:
    """A paid order as far as it can be reversed: ``tokens`` were credited for ``paid`` minor units of ``currency``.

    ``reversed`` of that money is back. For it tokens were ``taken`` and are ``owed``, in as many ``steps`` as the order
    has lines of it. ``benefits`` are what it gave beside tokens.
    """

    order_id: str
    user_id: str
    tokens: int
    paid: int
    currency: str
    economy: str
    reversed: int = 0
    taken: Holding = field(default_factory=Holding)
    owed: int = 0
    steps: int = 0
    benefits: Benefits = NO_BENEFITS

    def is_all_back(self, reversed_amount: int) -> bool:
        """Whether nothing of the money is left, of which there was some."""
        return 0 < self.paid <= reversed_amount

    def turns_benefits(self, reversed_amount: int) -> bool:
        """Whether what it gave beside tokens goes, or comes back, once that much of the money is back."""
        return self.benefits.turns(self.is_all_back(reversed_amount))

    @property
    def due(self) -> int:
        """The tokens that are to be taken back for what is ``reversed``."""
        return self.taken.total + self.owed

    def due_for(self, reversed_amount: int) -> int:
        """The same for another amount, in the user's favour where it does not come out even."""
        if reversed_amount <= 0:
            return 0
        return self.tokens if reversed_amount >= self.paid else self.tokens * reversed_amount // self.paid


@dataclass(frozen=True, slots=True)
class Movement:
    """The line that moves tokens, and the order as it stands after it."""

    entry: Entry
    order: Reversible


def reverse(order: Reversible, wallet: Wallet, reversed_amount: int, no_sooner_than: int = 0) -> Movement | None:
    """What brings the order to ``reversed_amount``; None where no token moves.

    Tokens that the wallet has are taken for what the order owes as well. Nothing is taken that is not there, or over.
    What is given back ends at the day ``no_sooner_than`` at the earliest.
    """
    due = order.due_for(reversed_amount)
    if due < order.due:
        released = min(order.owed, order.due - due)
        returned = return_taken(order.taken, order.due - due - released)
        after = replace(order, taken=order.taken + -returned, owed=order.owed - released)
        given = Holding(returned.funds, returned.lots.no_sooner_than(no_sooner_than))
        return _moved("reinstatement", given, order, after, reversed_amount)
    wanted = due - order.taken.total
    drawn = draw_back(wallet.available, min(wanted, wallet.available.total))
    if due == order.due and not drawn.total:
        return None
    after = replace(order, taken=order.taken + drawn, owed=wanted - drawn.total)
    return _moved("clawback", -drawn, order, after, reversed_amount)


def _moved(
    kind: Literal["clawback", "reinstatement"],
    moved: Holding,
    before: Reversible,
    after: Reversible,
    reversed_amount: int,
) -> Movement:
    order = replace(after, reversed=reversed_amount, steps=before.steps + 1)
    line_id = ids.clawback if kind == "clawback" else ids.reinstatement
    entry = Entry(
        line_id(order.order_id, order.steps),
        order.user_id,
        kind,
        moved.funds,
        {
            "orderId": order.order_id,
            "paid": order.paid,
            "reversed": order.reversed,
            "currency": order.currency,
            "due": order.due,
            "owed": order.owed,
            "step": order.steps,
        },
        order.economy,
        fingerprint="",
        debt=order.owed - before.owed,
        lots=moved.lots,
    )
    return Movement(entry, order)
