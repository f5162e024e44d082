"""The words of the ledger, and the decisions that move tokens.

* A *wallet* is what one user holds: whole tokens in three funds.
* A *fund* says where tokens came from: ``bonus`` was given away, ``purchased`` was paid for, ``earned`` was received.
* An *entry* is one line of the ledger: a signed split over the funds of one wallet, under an id that the business event
  determines. One event can therefore be written once only. Entries are never changed or deleted.
* A *decision* names the documents that it reads, looks at their state, and either raises the Problem that refuses it or
  returns its outcome: the entries to write, and what else changes with them.

The rules in this package are pure functions. They know no clock, no input or output and no environment. What an entry
does to the wallet follows from the entry alone, and ``shared/money/`` writes both in one commit. A credit,
such as a purchase, needs no decision: it is an entry that lands in every wallet that exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from shared.ledger.entries import Entry
from shared.ledger.wallet import Wallet

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Ref:
    """A document that a decision reads."""

    kind: Literal["wallet", "post"]
    id: str


@dataclass(frozen=True, slots=True)
class State:
    """What a decision reads: the wallets by user id, and the fields of other documents. None is what is not there.

    All of it is read in one round trip, and nothing but what the decision names is in it.
    """

    wallets: Mapping[str, Wallet | None]
    documents: Mapping[Ref, Fields | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Write:
    """Fields of a document that the decision read, changed on condition that nothing else has changed it since."""

    ref: Ref
    fields: Fields


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision came to.

    The first of the ``entries`` has the decision's id and is of its user's wallet. More of them may be; the others
    credit other wallets.
    Without entries there is nothing to do, and nothing is written. ``facts`` are what the documents of the event, that
    are new in the same commit, are to say of it.
    """

    entries: tuple[Entry, ...] = ()
    writes: tuple[Write, ...] = ()
    facts: Fields = field(default_factory=dict)


class Decision(Protocol):
    """A movement of one user's tokens, still to be decided."""

    @property
    def id(self) -> str:
        """The id of the entry that this decision writes, and no other can."""

    @property
    def user_id(self) -> str:
        """Whose wallet it is decided on."""

    @property
    def fingerprint(self) -> str:
        """A hash of the request, so that an id is not used for another one."""

    @property
    def reads(self) -> tuple[Ref, ...]:
        """The documents that ``decide`` looks at. The user's wallet is one of them."""

    def decide(self, state: State) -> Outcome:
        """What follows from the state. Raises the Problem that refuses the decision."""
