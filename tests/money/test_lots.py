"""Needs the Firestore emulator: tokens that expire, as wallets and lines hold them, and the booking of what is over."""

import datetime

import pytest

from local.costs.meter import metered
from shared import clock
from shared.cloud import documents
from shared.cloud.documents import Snapshot
from shared.economy.terms import Expiry as Expires
from shared.errors import InsufficientTokens, WalletFrozen
from shared.ledger import days
from shared.ledger.clawback import Reversible
from shared.ledger.entries import Entry
from shared.ledger.expiry import Expiry
from shared.ledger.funds import Funds
from shared.ledger.generation import GenerationRefund, Spend
from shared.ledger.grant import AdminGrant, signup_bonus
from shared.ledger.lots import Holding, Lots
from shared.ledger.tip import Tip
from shared.money import crediting, expiry, freezing, lifetimes, payments, rebuilding, reversals, wallets
from tests.support import api, economy_kit, ledger_kit
from tests.support.audit_kit import audit
from tests.support.cloud_kit import Cloud
from tests.support.concurrently import concurrently, outcome
from tests.support.people import Person

OVER, LONG_OVER = 20260102, 20260101
SOON, LATER = 29991201, 29991222


def grant(person: Person, name: str, lots: Lots) -> Entry:
    """Tokens of a plan, all of which expire."""
    return Entry(f"grant_{name}", person.user_id, "subscription_grant", lots.funds, {}, "phoenix@1", "", lots=lots)


def holder(*lots: Lots, bonus: int = 0, purchased: int = 0) -> Person:
    """A new person with these lots, and tokens that never expire."""
    person = ledger_kit.account(bonus=bonus, purchased=purchased)
    for number, each in enumerate(lots):
        crediting.credit(grant(person, f"{person.user_id}_{number}", each))
    return person


def spend(person: Person, cost: int, name: str = "g1") -> payments.Receipt:
    return payments.pay(Spend(f"{name}{person.user_id}", person.user_id, "image", 1, cost, "phoenix@1", "f"))


def held(person: Person) -> Holding:
    wallet = wallets.require(person.user_id)
    return wallet.held


def expiries(person: Person) -> dict[str, int]:
    """What was booked as over, or postponed: the amounts by the line's id without the user's."""
    found = ledger_kit.lines(person).items()
    prefix = f"expiry_{person.user_id}_"
    return {name.removeprefix(prefix): line["amount"] for name, line in found if line["type"] == "expiry"}


# -- what comes in and goes out ----------------------------------------------------------------------------------------


def test_credits_of_one_day_meet_and_the_first_day_is_known(project: str) -> None:
    ada = holder(Lots(purchased={LATER: 100}), Lots(purchased={LATER: 30, SOON: 5}), Lots(bonus={LATER: 1}), bonus=10)

    wallet = ledger_kit.fields(ada)
    assert wallet["lots"] == {
        "bonus": {f"until_{LATER}": 1},
        "purchased": {f"until_{SOON}": 5, f"until_{LATER}": 130},
    }
    assert (wallet["nextExpiry"], wallet["tokenBalance"]) == (SOON, 146)
    line = ledger_kit.lines(ada)[f"grant_{ada.user_id}_1"]
    assert (line["amount"], line["lots"]) == (35, {"purchased": {f"until_{SOON}": 5, f"until_{LATER}": 30}})
    assert "lots" not in ledger_kit.lines(ada)[f"signup_{ada.user_id}"]


def test_a_payment_takes_what_ends_first_and_costs_no_more_than_any(project: str) -> None:
    ada = holder(Lots(bonus={LATER: 4, SOON: 3}), bonus=5)

    with metered() as cost:
        spend(ada, 5)

    assert (cost.rpcs, cost.reads, cost.writes) == (2, 1, 2)
    assert held(ada) == Holding(Funds(bonus=7), Lots(bonus={LATER: 2}))
    assert ledger_kit.fields(ada)["nextExpiry"] == LATER
    line = ledger_kit.lines(ada)[f"generation_g1{ada.user_id}_spend"]
    assert line["lots"] == {"bonus": {f"until_{SOON}": -3, f"until_{LATER}": -2}}
    spend(ada, 2, "g2")
    assert "nextExpiry" not in ledger_kit.fields(ada)
    assert held(ada) == Holding(Funds(bonus=5))


def test_what_failed_comes_back_with_its_days_or_a_grace(project: str) -> None:
    ada = holder(Lots(bonus={LATER: 4}))
    drawn = Holding(Funds(bonus=4), Lots(bonus={OVER: 3, LATER: 1}))
    grace = lifetimes.end_of_grace(datetime.datetime.now(datetime.UTC))

    crediting.credit(GenerationRefund("g1", ada.user_id, "image", 1, 3, drawn, "phoenix@1", grace).entry())

    assert held(ada).lots == Lots(bonus={LATER: 5, grace: 2})


def test_a_tip_that_was_received_never_expires(project: str) -> None:
    ada, ben = holder(Lots(bonus={SOON: 4}, purchased={SOON: 6})), ledger_kit.account()

    payments.pay(Tip(f"tip_k1_{ada.user_id}", ada.user_id, ben.user_id, 10, "phoenix@1", "f"))

    assert (held(ada), held(ben)) == (Holding(), Holding(Funds(bonus=4, earned=6)))
    assert "lots" not in ledger_kit.lines(ben)[f"tip_k1_{ada.user_id}_received"]


def test_what_is_taken_back_of_an_order_is_given_back_with_its_days(project: str) -> None:
    ada = holder(Lots(purchased={LATER: 130}))
    order = {"userId": ada.user_id, "tokens": 130, "amount": 999, "currency": "usd", "economy": "phoenix@1"}
    documents.put(documents.reference("orders", "in_1"), order)
    before = reversals.seen(documents.get(documents.reference("orders", "in_1")))

    taken = reversals.reverse(before, 500, {})
    in_between = held(ada)
    given = reversals.reverse(taken, 0, {})

    assert taken.order.taken == Holding(Funds(purchased=65), Lots(purchased={LATER: 65}))
    assert in_between == Holding(Funds(purchased=65), Lots(purchased={LATER: 65}))
    assert (given.order.taken, held(ada)) == (Holding(), Holding(Funds(purchased=130), Lots(purchased={LATER: 130})))
    after = reversals.seen(documents.get(documents.reference("orders", "in_1"))).order
    assert after == Reversible("in_1", ada.user_id, 130, 999, "usd", "phoenix@1", steps=2)


# -- what is over ------------------------------------------------------------------------------------------------------


@pytest.mark.threat(8)
def test_what_is_over_cannot_be_spent_before_it_is_booked(project: str) -> None:
    ada = holder(Lots(bonus={OVER: 10}), bonus=3)

    with ledger_kit.nothing_moves(), pytest.raises(InsufficientTokens) as refusal:
        spend(ada, 4)

    assert refusal.value.extensions.items() >= {"balance": 3, "required": 4, "shortfall": 1}.items()
    assert spend(ada, 3).balance == 10
    assert held(ada) == Holding(Funds(bonus=10), Lots(bonus={OVER: 10}))


def test_each_lot_that_is_over_is_booked_by_a_line_of_its_own(cloud: Cloud) -> None:
    ada = holder(Lots(bonus={LONG_OVER: 4, OVER: 6, LATER: 1}, purchased={OVER: 30}), bonus=5)
    ben = holder(Lots(purchased={OVER: 7}))
    holder(Lots(purchased={LATER: 9}))

    answer = cloud.call("expire_tokens", {})

    assert (answer.status, answer.body) == (200, {"wallets": 2, "tokens": 47, "complete": True})
    assert expiries(ada) == {f"bonus_{LONG_OVER}": -4, f"bonus_{OVER}": -6, f"purchased_{OVER}": -30}
    assert expiries(ben) == {f"purchased_{OVER}": -7}
    assert held(ada) == Holding(Funds(bonus=6), Lots(bonus={LATER: 1}))
    wallet = ledger_kit.fields(ada)
    assert (wallet["nextExpiry"], wallet["totalTokensSpent"], wallet["totalTokensPurchased"]) == (LATER, 0, 41)
    line = ledger_kit.lines(ada)[f"expiry_{ada.user_id}_bonus_{OVER}"]
    assert line["details"] == {"fund": "bonus", "day": OVER}
    assert line["lots"] == {"bonus": {f"until_{OVER}": -6}}
    with ledger_kit.nothing_moves():
        assert cloud.call("expire_tokens", {}).body == {"wallets": 0, "tokens": 0, "complete": True}


def test_a_bonus_of_thirty_days_granted_at_noon_is_gone_with_the_midnight_that_begins_its_last_day(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    economy_kit.use(monkeypatch, expiry=Expires(bonus_days=30, refund_grace_days=7, plan_grace_days=3))
    at(monkeypatch, "2026-11-21T12:00:00+00:00")
    ada = Person()
    api.post("open_account", by=ada)
    assert held(ada) == Holding(Funds(bonus=10), Lots(bonus={20261222: 10}))
    [ending] = api.get("get_wallet", by=ada).body["expiring"]
    assert ending == {"tokens": 10, "fund": "bonus", "expiresAt": "2026-12-22T00:00:00.000000Z"}

    at(monkeypatch, "2026-12-21T23:59:59+00:00")
    assert cloud.call("expire_tokens", {}).body["tokens"] == 0
    assert api.get("get_wallet", by=ada).body["spendable"] == 10

    at(monkeypatch, "2026-12-22T00:00:00+00:00")
    refused = api.post("generate", {"feature": "image", "prompt": "a pond"}, by=ada, key="k1")
    assert refused.problem == (402, "insufficient-tokens")
    assert (refused.body["balance"], refused.body["shortfall"]) == (0, 5)

    at(monkeypatch, "2026-12-22T00:05:00+00:00")
    assert cloud.call("expire_tokens", {}).body == {"wallets": 1, "tokens": 10, "complete": True}
    assert ledger_kit.lines(ada)[f"expiry_{ada.user_id}_bonus_20261222"]["amount"] == -10
    assert ledger_kit.balance(ada) == 0


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """It is that time for the functions, and where Firestore is."""
    time = datetime.datetime.fromisoformat(moment)
    monkeypatch.setattr(clock, "now", lambda: time)
    monkeypatch.setattr(clock, "at", lambda _: time)


def test_a_job_that_dies_between_two_wallets_is_gone_on_with_by_the_next_one(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = holder(Lots(bonus={LONG_OVER: 4, OVER: 1})), holder(Lots(bonus={OVER: 6}))
    book = expiry._booked

    def die_after_the_first(account: Snapshot) -> int:
        book(account)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(expiry, "_booked", die_after_the_first)
        with pytest.raises(KeyboardInterrupt):
            expiry.book()
    assert (len(expiries(ada)), len(expiries(ben))) == (2, 0)

    assert expiry.book() == {"wallets": 1, "tokens": 6, "complete": True}
    assert (sum(expiries(ada).values()), expiries(ben)) == (-5, {f"bonus_{OVER}": -6})


def test_a_wallet_costs_one_read_and_a_write_a_line_beside_its_own(project: str) -> None:
    ada = holder(Lots(bonus={LONG_OVER: 4, OVER: 6}))

    with metered() as cost:
        payments.pay(Expiry(ada.user_id, ("bonus", LONG_OVER), "phoenix@1"))

    assert (cost.rpcs, cost.reads, cost.writes) == (2, 1, 3)


def test_ten_at_once_book_a_lot_once(project: str) -> None:
    ada = holder(Lots(bonus={LONG_OVER: 4, OVER: 6}), bonus=1)

    booked = concurrently(10, lambda _: expiry.book()["tokens"])

    assert sum(booked) >= 10  # who came second is told what the first has done
    assert expiries(ada) == {f"bonus_{LONG_OVER}": -4, f"bonus_{OVER}": -6}
    assert held(ada) == Holding(Funds(bonus=1))


def test_spends_that_race_the_booking_end_in_books_that_add_up(project: str) -> None:
    ada = holder(Lots(bonus={OVER: 6, SOON: 5}), bonus=5)

    outcomes = concurrently(8, lambda n: outcome(lambda: expiry.book() if n % 4 == 0 else spend(ada, 3, f"g{n}")))

    paid = sum(isinstance(each, payments.Receipt) for each in outcomes)
    assert paid == 3
    expiry.book()  # the wallet may have been too busy for it
    assert held(ada) == Holding(Funds(bonus=1))
    assert sum(line["amount"] for line in ledger_kit.lines(ada).values()) == 1


@pytest.mark.threat(91)
@pytest.mark.parametrize(
    "broken", [{"funds": None}, {"tokenBalance": 3}, {"lots": {"bonus": 1}}, {"lots": [float("nan")]}, {"lots": {}}]
)
def test_one_bad_wallet_does_not_keep_the_others_waiting(
    project: str, broken: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    ada, ben = holder(Lots(bonus={LONG_OVER: 5})), holder(Lots(bonus={OVER: 5}))
    ledger_kit.change(ada, **broken)

    told = expiry.book()

    is_readable = broken == {"lots": {}}  # what is in no lot never expires
    assert told == {"wallets": 1, "tokens": 5, "complete": is_readable}
    assert expiries(ben) == {f"bonus_{OVER}": -5}
    assert ("expiry-not-booked" in capsys.readouterr().out) != is_readable


def test_a_wallet_that_owes_expires_all_the_same(project: str) -> None:
    ada = holder(Lots(bonus={OVER: 5}))
    ledger_kit.change(ada, debt=3)

    assert expiry.book() == {"wallets": 1, "tokens": 5, "complete": True}


def test_a_wallet_with_a_lot_for_every_day_there_can_be_pays(project: str) -> None:
    year = [days.plus(29990101, n) for n in range(366)]
    ada = holder(Lots(bonus=dict.fromkeys(year, 1), purchased=dict.fromkeys(year, 1)))

    assert spend(ada, 400).balance == 332

    assert held(ada).lots == Lots(purchased=dict.fromkeys(year[34:], 1))
    assert ledger_kit.fields(ada)["nextExpiry"] == year[34]


# -- frozen ------------------------------------------------------------------------------------------------------------


@pytest.mark.threat(30)
def test_nothing_of_a_frozen_wallet_expires_and_what_ran_out_meanwhile_gets_a_later_day(project: str) -> None:
    ada = holder(Lots(bonus={LONG_OVER: 4, OVER: 6, LATER: 1}, purchased={OVER: 30}))
    freezing.freeze(ada.user_id, "operator")
    crediting.credit(grant(ada, "late", Lots(purchased={OVER: 2})))

    with pytest.raises(WalletFrozen):
        spend(ada, 1)
    assert expiry.book() == {"wallets": 0, "tokens": 0, "complete": True}
    freezing.unfreeze(ada.user_id, {"operator"})

    grace = lifetimes.end_of_grace(datetime.datetime.now(datetime.UTC))
    assert held(ada) == Holding(Funds(11, 32), Lots(bonus={grace: 10, LATER: 1}, purchased={grace: 32}))
    assert ledger_kit.fields(ada)["nextExpiry"] == grace
    assert expiries(ada) == dict.fromkeys(
        (f"bonus_{LONG_OVER}_postponed", f"bonus_{OVER}_postponed", f"purchased_{OVER}_postponed"), 0
    )
    line = ledger_kit.lines(ada)[f"expiry_{ada.user_id}_purchased_{OVER}_postponed"]
    assert line["lots"] == {"purchased": {f"until_{OVER}": -32, f"until_{grace}": 32}}
    assert spend(ada, 43).balance == 0


def test_a_wallet_is_opened_again_once_by_two_at_once(project: str) -> None:
    ada = holder(Lots(bonus={OVER: 6}))
    freezing.freeze(ada.user_id, "operator")

    concurrently(4, lambda _: outcome(lambda: freezing.unfreeze(ada.user_id, {"operator"})))

    assert expiries(ada) == {f"bonus_{OVER}_postponed": 0}
    assert held(ada).total == 6


def test_while_there_is_another_reason_nothing_is_postponed(project: str) -> None:
    ada = holder(Lots(bonus={OVER: 6}))
    freezing.freeze(ada.user_id, "operator")
    freezing.freeze(ada.user_id, "audit")

    freezing.unfreeze(ada.user_id, {"operator"})

    assert expiries(ada) == {}
    assert "nextExpiry" not in ledger_kit.fields(ada)


# -- the audit ---------------------------------------------------------------------------------------------------------


def welcomed() -> Person:
    """Somebody whose bonus is over, with 9 tokens from support that will be."""
    person = Person()
    crediting.open_wallet(person.user_id, signup_bonus(person.user_id, 10, "phoenix@1", OVER))
    action = {"about": person.user_id, "actor": "boss", "amount": 9, "reason": "support", "status": "done"}
    documents.put(documents.reference("adminActions", f"a{person.user_id}"), action)
    given = AdminGrant(f"a{person.user_id}", person.user_id, 9, "boss", "support", "phoenix@1", "f", LATER)
    crediting.credit(given.entry(wallets.require(person.user_id)))
    return person


@pytest.mark.threat(92)
def test_the_audit_explains_what_expires_and_compares_each_lot(cloud: Cloud) -> None:
    ada, ben = welcomed(), welcomed()
    freezing.freeze(ben.user_id, "operator")
    assert cloud.call("expire_tokens", {}).body["tokens"] == 10
    freezing.unfreeze(ben.user_id, {"operator"})

    assert audit(cloud)["discrepancies"] == 0
    assert audit(cloud)["discrepancies"] == 0  # from what was agreed on

    ledger_kit.change(ada, lots={"bonus": {f"until_{LATER}": 8, f"until_{SOON}": 1}}, movedOn=clock.today())
    assert audit(cloud)["discrepancies"] == 2
    assert wallets.require(ada.user_id).frozen == {"audit"}
    numbers = rebuilding.rebuild(ada.user_id, lambda _numbers: lambda _batch: None)
    assert numbers.after["lots"] == {"bonus": {f"until_{LATER}": 9}}
    assert held(ada) == Holding(Funds(bonus=9), Lots(bonus={LATER: 9}))
    freezing.unfreeze(ada.user_id, {"audit"})
    assert ledger_kit.fields(ada)["nextExpiry"] == LATER
