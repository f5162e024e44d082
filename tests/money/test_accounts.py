"""Needs the Firestore emulator. What is written to an account beside its money: why it is frozen, and other fields."""

import pytest

from local.costs.meter import metered
from shared.errors import NoSuchAccount, Problem, WalletFrozen, WalletInconsistent
from shared.ledger.decision import Fields
from shared.ledger.generation import Spend
from shared.money import freezing, payments, wallets
from shared.money.freezing import FreezeReason
from tests.support import ledger_kit
from tests.support.concurrently import concurrently, outcome
from tests.support.people import Person


def reasons(person: Person) -> set[str]:
    wallet = wallets.get(person.user_id)
    assert wallet is not None
    return set(wallet.frozen)


def refusal(person: Person) -> type[Problem] | None:
    """What a payment out of the wallet is refused with."""
    try:
        payments.pay(Spend(f"g{len(ledger_kit.lines(person))}", person.user_id, "image", 1, 1, "phoenix@1", "f"))
    except Problem as problem:
        return type(problem)
    return None


# -- frozen, for reasons -------------------------------------------------------------------------------------------


@pytest.mark.threat(8, 30)
@pytest.mark.parametrize("lifted", ["audit", "operator"])
def test_a_reason_is_lifted_by_who_set_it_and_the_other_one_stays(project: str, lifted: FreezeReason) -> None:
    ada = ledger_kit.account(bonus=10)
    freezing.freeze(ada.user_id, "audit")
    freezing.freeze(ada.user_id, "operator")

    freezing.unfreeze(ada.user_id, {lifted})

    assert reasons(ada) == {"audit", "operator"} - {lifted}
    assert refusal(ada) is WalletFrozen


def test_a_wallet_pays_again_when_the_last_reason_is_lifted_and_nothing_is_left_of_it(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    before = ledger_kit.fields(ada)
    freezing.freeze(ada.user_id, "audit")
    freezing.freeze(ada.user_id, "operator")

    freezing.unfreeze(ada.user_id, {"audit"})
    freezing.unfreeze(ada.user_id, {"operator"})

    assert ledger_kit.fields(ada) == before
    assert refusal(ada) is None


@pytest.mark.threat(8)
def test_the_text_of_an_older_wallet_is_its_one_reason(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    ledger_kit.change(ada, frozen="dispute")

    assert reasons(ada) == {"dispute"}
    assert refusal(ada) is WalletFrozen
    freezing.freeze(ada.user_id, "audit")
    assert reasons(ada) == {"dispute", "audit"}
    freezing.unfreeze(ada.user_id, {"audit"})
    assert reasons(ada) == {"dispute"}
    assert refusal(ada) is WalletFrozen


def test_a_text_that_is_the_reason_itself_is_lifted_with_it(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    ledger_kit.change(ada, frozen="operator")

    freezing.unfreeze(ada.user_id, {"operator"})

    assert "frozen" not in ledger_kit.fields(ada)


@pytest.mark.parametrize("frozen", [True, 1, ["audit"]], ids=str)
def test_a_freeze_that_cannot_be_read_does_not_open_the_wallet(project: str, frozen: object) -> None:
    ada = ledger_kit.account(bonus=10)
    ledger_kit.change(ada, frozen=frozen)

    assert refusal(ada) is WalletInconsistent


def test_a_wallet_says_since_when_it_is_frozen_whatever_for(project: str) -> None:
    ada = ledger_kit.account(bonus=10)

    freezing.freeze(ada.user_id, "audit")
    first = ledger_kit.fields(ada)
    freezing.freeze(ada.user_id, "operator")
    freezing.freeze(ada.user_id, "audit")
    freezing.unfreeze(ada.user_id, {"audit"})

    assert first["frozenSince"] == first["frozen"]["audit"]
    assert ledger_kit.fields(ada)["frozenSince"] == first["frozenSince"]


def test_a_repeated_freeze_keeps_its_time_and_writes_nothing(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    freezing.freeze(ada.user_id, "audit")
    before = ledger_kit.fields(ada)

    with metered() as cost:
        assert freezing.freeze(ada.user_id, "audit") == ["audit"]

    assert ledger_kit.fields(ada) == before
    assert (cost.rpcs, cost.reads, cost.writes) == (1, 1, 0)


def test_a_text_of_an_older_wallet_gets_its_time_too(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    ledger_kit.change(ada, frozen="operator")

    freezing.freeze(ada.user_id, "operator")

    assert ledger_kit.fields(ada)["frozen"].keys() == {"operator"}
    assert ledger_kit.fields(ada)["frozenSince"] == ledger_kit.fields(ada)["frozen"]["operator"]


def test_lifting_what_is_not_set_writes_nothing(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    freezing.freeze(ada.user_id, "audit")

    with metered() as cost:
        freezing.unfreeze(ada.user_id, {"operator"})

    assert (cost.rpcs, cost.reads, cost.writes) == (1, 1, 0)


def test_reasons_that_are_set_at_the_same_moment_are_all_kept(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    each: tuple[FreezeReason, ...] = ("audit", "operator")

    concurrently(8, lambda n: freezing.freeze(ada.user_id, each[n % 2]))

    assert reasons(ada) == {"audit", "operator"}


def test_nobody_freezes_an_account_that_is_not_there(project: str) -> None:
    with pytest.raises(NoSuchAccount):
        freezing.freeze("nobody", "operator")


# -- other fields --------------------------------------------------------------------------------------------------


def test_a_change_that_others_come_between_is_made_of_what_they_left(project: str) -> None:
    ada = ledger_kit.account(bonus=10)

    def count(account: Fields) -> tuple[Fields, object]:
        visits = account.get("visits", 0)
        assert isinstance(visits, int)
        return {"visits": visits + 1}, visits

    found = concurrently(8, lambda _: wallets.update(ada.user_id, count))

    assert sorted(map(str, found)) == list("01234567")
    assert ledger_kit.fields(ada)["visits"] == 8


@pytest.mark.threat(92)
@pytest.mark.parametrize(
    "name", ["tokenBalance", "funds", "funds.bonus", "totalTokensSpent", "debt", "marks", "movedOn"]
)
def test_money_is_moved_by_lines_of_the_ledger_alone(project: str, name: str) -> None:
    ada = ledger_kit.account(bonus=10)

    with ledger_kit.nothing_moves():
        result = outcome(lambda: wallets.update(ada.user_id, lambda _: ({name: 99, "trial": 1}, None)))

    assert result is RuntimeError
    assert "trial" not in ledger_kit.fields(ada)
