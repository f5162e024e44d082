"""Needs the Firestore emulator. What a decision comes to is written as one, on condition of what it read."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from local.costs.meter import metered
from shared.cloud.clients import STORE, store
from shared.ledger.decision import Outcome, Ref, State, Write
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.money import payments
from shared.money.payments import Receipt
from tests.support import ledger_kit
from tests.support.people import Person


@dataclass(frozen=True)
class Fee:
    """A token for a post of the title ``wanted``, which is then called ``paid``; nothing for one that is called so."""

    person: Person
    wanted: str = "new"
    outcome: Callable[["Fee"], Outcome] | None = None
    fingerprint: str = ""

    @property
    def id(self) -> str:
        return f"fee_{self.user_id}"

    @property
    def user_id(self) -> str:
        return self.person.user_id

    @property
    def reads(self) -> tuple[Ref, ...]:
        return (Ref("wallet", self.user_id), Ref("post", "p1"))

    @property
    def line(self) -> Entry:
        return Entry(self.id, self.user_id, "generation_spend", Funds(bonus=-1), {}, "phoenix@1", "")

    def decide(self, state: State) -> Outcome:
        if self.outcome is not None:
            return self.outcome(self)
        post = state.documents[Ref("post", "p1")]
        if post is None or post["caption"] == "paid":
            return Outcome()
        return Outcome((self.line,), (Write(Ref("post", "p1"), {"caption": "paid"}),))


def post(caption: str) -> None:
    store().document("posts/p1").set({"caption": caption}, **STORE)


def caption() -> object:
    return store().document("posts/p1").get(**STORE).get("caption")


def test_what_a_decision_changes_is_changed_in_the_commit_of_its_money(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    post("new")

    with metered() as cost:
        receipt = payments.pay(Fee(ada))

    assert (receipt, caption()) == (Receipt(paid=1, balance=9), "paid")
    assert (cost.rpcs, cost.reads, cost.writes) == (2, 2, 3)


def test_a_decision_that_finds_nothing_to_do_writes_nothing(project: str) -> None:
    ada = ledger_kit.account(bonus=10)

    with ledger_kit.nothing_moves(), metered() as cost:
        receipt = payments.pay(Fee(ada), lambda batch, _: batch.create(store().document("posts/p2"), {}))

    assert receipt == Receipt(paid=0, balance=10)
    assert (cost.rpcs, cost.reads, cost.writes) == (1, 2, 0)
    assert not store().document("posts/p2").get(**STORE).exists


def test_nothing_to_do_for_somebody_without_a_wallet_is_a_receipt_of_nothing(project: str) -> None:
    assert payments.pay(Fee(Person("nobody"))) == Receipt(paid=0, balance=0)


def test_a_decision_that_was_made_answers_as_before_though_nothing_is_left_to_do(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    post("new")
    payments.pay(Fee(ada))

    assert payments.pay(Fee(ada)) == Receipt(paid=1, balance=9)
    assert ledger_kit.lines(ada).keys() == {f"signup_{ada.user_id}", f"fee_{ada.user_id}"}


def test_a_document_that_changed_since_it_was_read_is_read_and_decided_again(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = ledger_kit.account(bonus=10)
    post("new")
    read, reads = payments._read, []

    def slowly(*given: object) -> object:
        found = read(*given)  # type: ignore[arg-type]  # as it is given
        reads.append(found)
        if len(reads) == 1:
            post("paid")  # somebody else was faster
        return found

    monkeypatch.setattr(payments, "_read", slowly)

    assert payments.pay(Fee(ada)) == Receipt(paid=0, balance=10)
    assert len(reads) == 2


def test_a_decision_may_change_its_own_wallet_beside_the_money(project: str) -> None:
    ada = ledger_kit.account(bonus=10)

    payments.pay(
        Fee(
            ada,
            outcome=lambda fee: Outcome((fee.line,), (Write(Ref("wallet", ada.user_id), {"settings": {"left": 2}}),)),
        )
    )

    wallet = ledger_kit.fields(ada)
    assert (wallet["settings"], wallet["tokenBalance"], wallet["funds"]["bonus"]) == ({"left": 2}, 9, 9)


@pytest.mark.parametrize(
    "outcome",
    [
        lambda _: Outcome((), (Write(Ref("post", "p1"), {"caption": "paid"}),)),
        lambda fee: Outcome((Entry("fee_other", fee.user_id, "generation_spend", Funds(-1), {}, "phoenix@1", ""),)),
        lambda fee: Outcome((Entry(fee.id, "somebody", "generation_spend", Funds(-1), {}, "phoenix@1", ""),)),
        lambda fee: Outcome((fee.line,), (Write(Ref("wallet", fee.user_id), {"tokenBalance": 99}),)),
        lambda fee: Outcome((fee.line,), (Write(Ref("wallet", fee.user_id), {"funds.bonus": 99}),)),
    ],
    ids=[
        "a write without an entry",
        "an entry under another id",
        "an entry of another wallet",
        "a balance past the ledger",
        "a fund past the ledger",
    ],
)
def test_what_no_retry_would_find_or_no_line_tells_is_not_written(
    project: str, outcome: Callable[[Fee], Outcome]
) -> None:
    ada = ledger_kit.account(bonus=10)
    post("new")

    with ledger_kit.nothing_moves(), pytest.raises(RuntimeError):
        payments.pay(Fee(ada, outcome=outcome))

    assert caption() == "new"
