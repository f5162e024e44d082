"""One run: random operations under faults, each followed by a check of what it changed."""

import collections
import contextlib
import datetime
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.api_core import exceptions

from shared.cloud.clients import STORE, store
from simulation.app_requests import Request
from simulation.chaos import Dice
from simulation.deliveries import Deliveries, Delivery
from simulation.faults import Effect, Fault, Moment, faults_of
from simulation.like_check import check_likes
from simulation.look_rules import Looks
from simulation.people import Person
from simulation.reversal_rules import check_oldest_is_first
from simulation.violations import Violation
from simulation.wallet_check import check_wallets
from simulation.world import World

OVERLAP_DEPTH = 2
FIRST_PEOPLE = 3
CAN_BE_LOST = ("run_generation", "count_likes", "recount_likes")
"""The sweeper repairs the loss of the first, the audit that of the others."""

_CONTENDED = Fault(Moment.NOT_DONE, functools.partial(exceptions.Aborted, "too much contention"))


@dataclass(slots=True)
class Tally:
    """What a run did and found: tokens created and lost, wallets below zero, counters that drifted, and other broken
    rules. An ``unfinished`` run was ended by a failure of the emulator, and proves nothing."""

    operations: int = 0
    faults: int = 0
    created: int = 0
    lost: int = 0
    negative: int = 0
    drift: int = 0
    broken: int = 0
    unfinished: int = 0
    played: collections.Counter[str] = field(default_factory=collections.Counter)
    """How often each operation found something to do, those that overlapped with a request included."""

    @property
    def is_clean(self) -> bool:
        found = self.created, self.lost, self.negative, self.drift, self.broken, self.unfinished
        return not any(found)

    def add(self, violation: Violation) -> None:
        """Counts what was found."""
        setattr(self, violation.kind, getattr(self, violation.kind) + max(1, violation.amount))

    def __add__(self, other: "Tally") -> "Tally":
        names = self.__slots__
        return Tally(*(getattr(self, name) + getattr(other, name) for name in names))

    def __str__(self) -> str:
        return (
            f"{self.operations} operations · {self.faults} faults · {self.created} created · {self.lost} lost · "
            f"{self.negative} negative · {self.drift} drift"
            + (f" · {self.broken} broken" if self.broken else "")
            + (f" · {self.unfinished} unfinished" if self.unfinished else "")
        )


@dataclass(slots=True)
class Checkout:
    """A session that a person can pay."""

    person: Person
    session_id: str
    url: str
    is_closed: bool = False


@dataclass(slots=True, eq=False)
class Run:
    """The state of a run in one world, and its dice."""

    world: World
    dice: Dice
    operations: Mapping[str, "Callable[[Run], None]"]
    """What people, operators and the scheduler may do, by name."""
    deliveries: Deliveries
    tally: Tally = field(default_factory=Tally)
    people: list[Person] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    checkouts: list[Checkout] = field(default_factory=list)
    lines_before: frozenset[str] = frozenset()
    """The ids of the ledger lines that earlier runs wrote in this world."""
    counters_in_doubt: set[str] = field(default_factory=set)
    """Posts whose event was lost for good: only the audit can correct their counters."""
    has_lost_webhooks: bool = False
    """Whether Stripe's webhooks were lost for good: only reconciliation finds out what they would have told."""
    trace: list[str] = field(default_factory=list)
    """What happened, in lines."""
    focus: tuple[Person, ...] = ()
    """The users whose wallets the current request is about, while another user acts."""
    depth: int = 0
    overlaps: int = 0
    overlaps_before: int = 0
    """How often another user had acted before the present step."""
    overlaps_since_ask: int = 0
    """How often another user acted during the last request."""
    calm: bool = False
    """No more faults."""
    meanwhile: "Callable[[Run], None] | None" = None
    """What another user does before every effect of the current request."""
    storming: bool = False
    looks: Looks = field(default_factory=Looks)
    touched: set[str] = field(default_factory=set)
    """The users whose wallets changed since the last check."""

    @classmethod
    def begin(cls, world: World, dice: Dice, operations: "Mapping[str, Callable[[Run], None]]") -> "Run":
        lines = frozenset(world.mirror.all("transactions"))
        run = cls(world, dice, operations, Deliveries(world), lines_before=lines)
        run._watch()
        world.hook = run.on_effect
        return run

    def note(self, what: str) -> None:
        """Adds a line to the trace."""
        self.trace.append(f"{'  ' * self.depth}{what}")

    def fault(self, kind: str) -> None:
        self.tally.faults += 1
        self.note(f"! {kind}")

    def on_effect(self, effect: Effect) -> Fault | None:
        """Decides what happens at an effect. Before a change, another user may act."""
        if self.calm:
            return None
        rates = self.dice.rates
        if self.meanwhile is not None and not self.world.wire.holds_locks:
            with self.quietly():
                self.meanwhile(self)
        is_commit = effect.name.startswith("firestore Commit")
        if self.storming and is_commit:
            return _CONTENDED
        may_overlap = effect.changes and self.depth < OVERLAP_DEPTH and not self.world.wire.holds_locks
        if may_overlap and self.dice.happens(rates.overlap):
            self._overlap()
        if not self.dice.happens(rates.fault_at_change if effect.changes else rates.fault_at_read):
            return None
        fault = self.dice.random.choice(faults_of(effect))
        self.fault(f"{fault} at {effect.name}")
        return fault

    def step(self) -> None:
        """Plays one operation and some of the deliveries, then checks what changed and what came to rest."""
        self.world.clock.advance(
            datetime.timedelta(milliseconds=self.dice.random.randint(1, self.dice.rates.pace_milliseconds))
        )
        self.overlaps_before = self.overlaps
        self.act()
        while self.dice.happens(self.dice.rates.deliver):
            if not self.deliver_something():
                break
        self.check_touched()
        self.check_resting()

    def act(self) -> None:
        """Plays one random operation."""
        name = self.dice.operation() if len(self.people) >= FIRST_PEOPLE else "sign_up"
        before = len(self.trace)
        with self._storm():
            self.operations[name](self)
        self.tally.played[name] += len(self.trace) > before
        if self.depth == 0:
            self.tally.operations += 1

    def deliver_something(self) -> bool:
        """Makes a random delivery that is due. Returns False when none is."""
        due = self.deliveries.due()
        if not due:
            return False
        delivery = self.dice.random.choice(due)
        if delivery.function in CAN_BE_LOST and self.dice.happens(self.dice.rates.lost_for_good) and not self.calm:
            self.lose(delivery)
            return True
        may_be_lost = delivery.kind == "webhook" and self.dice.rates.lost_webhook and not self.calm
        if may_be_lost and self.dice.happens(self.dice.rates.lost_webhook):
            self.lose(delivery)
            return True
        again = self.dice.happens(self.dice.rates.duplicate)
        unseen = self.dice.happens(self.dice.rates.lost_answer)
        if again:
            self.fault(f"duplicate {delivery.kind}")
        if unseen:
            self.fault(f"unacknowledged {delivery.kind}")
        self.note(f"-> {delivery}")
        with self._storm():
            answer = self.deliveries.deliver(delivery, acknowledged=not unseen, again=again)
        self.note(f"   {answer.status if answer else 'died'}")
        return True

    def lose(self, delivery: Delivery) -> None:
        """Loses a delivery for good."""
        self.fault(f"{delivery.kind} lost for good")
        self.note(f"x  {delivery}")
        if delivery.kind == "webhook":
            self.has_lost_webhooks = True
        elif delivery.function != "run_generation":
            self.counters_in_doubt.add(delivery.about)
        self.deliveries.drop(delivery)

    def check_touched(self) -> None:
        """Compares the wallets that changed with the sum of their lines in Firestore."""
        touched, self.touched = sorted(self.touched), set()
        check_wallets(self.world, touched)

    def check_resting(self) -> None:
        """Checks the likes of every post that no delivery is about.

        This does not wait for the end, where one more count often corrects what an earlier one left wrong.
        """
        check_likes(self.world, self.counters_in_doubt | {delivery.about for delivery in self.deliveries.pending})

    @contextlib.contextmanager
    def quietly(self) -> Iterator[None]:
        """Suspends faults for what the simulation does itself."""
        with self.world.boundary.hooked(None):
            yield

    def write(self, path: str, fields: dict[str, Any]) -> None:
        """Overwrites fields of a document, as an operator does."""
        with self.quietly():
            store().document(path).update(fields, **STORE)

    def spoil(self, user_id: str, fields: dict[str, Any]) -> None:
        """Overwrites the money of a wallet, which does not add up from then on."""
        self.world.spoilt.add(user_id)
        self.write(f"users/{user_id}", fields)

    def _overlap(self) -> None:
        """Lets another user act: often on the same wallet, sometimes with the same delivery."""
        self.overlaps += 1
        self.depth += 1
        self.note("{")
        storming, self.storming = self.storming, False
        with self.quietly():
            if self.dice.happens(0.35):
                self.deliver_something()
            else:
                self.act()
        self.storming = storming
        self.note("}")
        self.depth -= 1

    @contextlib.contextmanager
    def _storm(self) -> Iterator[None]:
        if not self.calm and not self.storming and self.dice.happens(self.dice.rates.storm):
            self.fault("a storm of contention")
            self.storming = True
            try:
                yield
            finally:
                self.storming = False
        else:
            yield

    def _watch(self) -> None:
        take_events = self.world.on_commit

        def watch(changes: Any) -> None:
            take_events(changes)
            self.looks.check(changes, self.depth)
            if self.overlaps == self.overlaps_before:  # what others do meanwhile may come in another order
                check_oldest_is_first(changes, self.world.mirror)
            self.touched |= {change.id for change in changes if change.collection == "users"}

        self.world.on_commit = watch
        self.world.stripe.on_answer = lambda url: self.looks.answered(url, self.depth)
