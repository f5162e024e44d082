"""Needs the Firestore emulator. Administrators stop wallets, and open those again that add up."""

import pytest

from local.costs.meter import metered
from shared.money import freezing
from tests.support import api, ledger_kit
from tests.support.api import Answer, new_key
from tests.support.cloud_kit import documents
from tests.support.concurrently import concurrently
from tests.support.people import Person

pytestmark = pytest.mark.threat(74, 76)


def freeze(by: Person, whom: Person, frozen: bool = True, key: str | None = None, reason: str = "support") -> Answer:
    body = {"userId": whom.user_id, "frozen": frozen, "reason": reason}
    return api.post("freeze_wallet", body, by=by, key=key or new_key())


def test_a_frozen_wallet_says_since_when_and_its_freeze_says_who_and_why(root: Person, ada: Person) -> None:
    answer = freeze(root, ada)

    assert (answer.status, answer.body) == (200, {"frozen": ["operator"]})
    account = ledger_kit.fields(ada)
    (action,) = documents("adminActions").values()
    assert account["frozenSince"] == account["frozen"]["operator"] == action["createdAt"]
    assert [action[name] for name in ("actor", "function", "about", "reason", "status")] == [
        root.user_id,
        "freeze_wallet",
        ada.user_id,
        "support",
        "done",
    ]
    tip = {"recipientId": ledger_kit.account().user_id, "amount": 1}
    assert api.post("tip", tip, by=ada, key="k1").problem == (403, "wallet-frozen")


def test_a_wallet_that_adds_up_opens_again_whoever_froze_it(root: Person, ada: Person) -> None:
    before = ledger_kit.fields(ada)
    freezing.freeze(ada.user_id, "audit")
    freeze(root, ada)

    assert freeze(root, ada, frozen=False).body == {"frozen": []}

    assert ledger_kit.fields(ada) == before
    assert len(documents("adminActions")) == 2


@pytest.mark.parametrize(
    ("wrong", "finding"),
    [
        ({"tokenBalance": 61}, "balance-mismatch"),
        ({"funds": {"bonus": 9, "purchased": 51, "earned": 0}}, "balance-mismatch"),
        ({"debt": 3}, "debt-mismatch"),
    ],
    ids=["balance", "funds", "debt"],
)
def test_what_the_audit_froze_stays_frozen_while_it_does_not_add_up(
    root: Person, ada: Person, wrong: dict[str, object], finding: str
) -> None:
    freezing.freeze(ada.user_id, "audit")
    freeze(root, ada)
    ledger_kit.change(ada, **wrong)

    with ledger_kit.nothing_moves():
        refused = freeze(root, ada, frozen=False)

    assert refused.problem == (409, "does-not-add-up")
    assert finding in {each["finding"] for each in refused.body["findings"]}
    assert len(documents("adminActions")) == 1


def test_what_an_administrator_froze_opens_whether_or_not_it_adds_up(root: Person, ada: Person) -> None:
    freeze(root, ada)
    ledger_kit.change(ada, tokenBalance=61)

    assert freeze(root, ada, frozen=False).body == {"frozen": []}


@pytest.mark.parametrize(("text", "left"), [("dispute", []), ("audit", []), ("banned", ["banned"])])
def test_the_text_of_an_older_wallet_was_written_by_an_operator(
    root: Person, ada: Person, text: str, left: list[str]
) -> None:
    ledger_kit.change(ada, frozen=text)

    assert freeze(root, ada, frozen=False).body == {"frozen": left}


def test_an_old_text_gets_its_time_when_an_administrator_freezes_it_again(root: Person, ada: Person) -> None:
    ledger_kit.change(ada, frozen="dispute")

    assert freeze(root, ada).body == {"frozen": ["dispute", "operator"]}
    assert "frozenSince" in ledger_kit.fields(ada)


def test_a_retry_changes_nothing_even_if_somebody_opened_it_since(root: Person, ada: Person) -> None:
    freeze(root, ada, key="k1")
    freeze(root, ada, frozen=False, key="k2")

    with ledger_kit.nothing_moves():
        assert freeze(root, ada, key="k1").body == {"frozen": []}
        assert freeze(root, ada, frozen=False, key="k1").problem == (409, "idempotency-conflict")
    assert len(documents("adminActions")) == 2


def test_a_freeze_that_is_one_already_writes_nothing(root: Person, ada: Person) -> None:
    freeze(root, ada)

    with ledger_kit.nothing_moves(), metered() as cost:
        assert freeze(root, ada).body == {"frozen": ["operator"]}

    assert (cost.rpcs, cost.reads, cost.writes) == (2, 2, 0)
    assert len(documents("adminActions")) == 1


def test_two_at_once_with_one_key_are_one_freeze(root: Person, ada: Person) -> None:
    answers = concurrently(4, lambda _: freeze(root, ada, key="k1"))

    assert {(answer.status, str(answer.body)) for answer in answers} == {(200, "{'frozen': ['operator']}")}
    assert len(documents("adminActions")) == 1


def test_administrators_who_freeze_and_open_at_once_leave_one_of_the_two(root: Person, ada: Person) -> None:
    answers = concurrently(4, lambda n: freeze(root, ada, frozen=n % 2 == 0))

    assert {answer.status for answer in answers} == {200}
    account = ledger_kit.fields(ada)
    assert ("frozen" in account) == ("frozenSince" in account)
