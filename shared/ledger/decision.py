"""The words of the ledger, and the decisions that move tokens.

* A *wallet* is what one user holds: whole tokens in three funds.
* A *fund* says where tokens came from: ``bonus`` was given away, ``purchased`` was paid for, ``earned`` was received.
* An *entry* is one line of the ledger: a signed split over the funds of one wallet, under an id that the business event
  determines. One event can therefore be written once only. Entries are never changed or deleted.
* A *decision* looks at the state that it reads, and either raises the Problem that refuses it or answers with the
  entries to write.

The rules in this package are pure functions. They know no clock, no input or output and no environment. What an entry
does to the wallet follows from the entry alone, and ``shared/money/wallets.py`` writes both in one commit. A credit,
such as a purchase, needs no decision: it is an entry that lands in every wallet that exists.
"""

from dataclasses import dataclass
from typing import Protocol

from shared.ledger.entries import Entry
from shared.ledger.wallet import Wallet


@dataclass(frozen=True, slots=True)
class State:
    """What a payment's decision may look at, read in one round trip before it. None is what is not there."""

    payer: Wallet | None
    payee: Wallet | None = None
    post_author: str | None = None


class Decision(Protocol):
    """A movement out of a wallet, still to be decided."""

    @property
    def id(self) -> str:
        """The ledger id that a payment of this key and user takes, and no other can."""

    @property
    def payer_id(self) -> str: ...

    @property
    def payee_id(self) -> str | None: ...

    @property
    def post_id(self) -> str | None: ...

    @property
    def fingerprint(self) -> str: ...

    def decide(self, state: State) -> tuple[Entry, ...]:
        """The entries to write, the payer's first. Raises the Problem that refuses the payment."""
