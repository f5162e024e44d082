"""Needs the Firestore emulator, which reads the past. Every way in which books can be wrong is found, by kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from shared.money.audit import walks
from tests.support import sound_books
from tests.support.cloud_kit import document
from tests.support.sound_books import PATRON, Books

Plant = Callable[[Books, str], object]


@dataclass(frozen=True)
class Fault:
    """``plant`` changes the books of a user; ``agrees``: the wallet then agrees with its lines all the same."""

    plant: Plant
    found: str
    agrees: bool = True


def of_wallet(**fields: object) -> Plant:
    return lambda books, user_id: books[f"users/{user_id}"].update(fields)


def of(path: str, **fields: object) -> Plant:
    """Changes a document; a star in the path is the user's id."""
    return lambda books, user_id: books[path.replace("*", user_id)].update(fields)


def without(path: str) -> Plant:
    return lambda books, user_id: books.pop(path.replace("*", user_id))


def renamed(path: str, to: str) -> Plant:
    def plant(books: Books, user_id: str) -> None:
        books[to.replace("*", user_id)] = books.pop(path.replace("*", user_id))

    return plant


def details(path: str, **changes: object) -> Plant:
    def plant(books: Books, user_id: str) -> None:
        line = books[path.replace("*", user_id)]
        line["details"] = line["details"] | changes

    return plant


def amount(path: str, tokens: Any, fund: str) -> Plant:
    def plant(books: Books, user_id: str) -> None:
        books[path.replace("*", user_id)] |= {"amount": tokens, "funds": sound_books.ZERO | {fund: tokens}}

    return plant


def added(path: str, kind: str, **funds: int) -> Plant:
    def plant(books: Books, user_id: str) -> None:
        books[path.replace("*", user_id)] = sound_books.line(user_id, kind, **funds)

    return plant


SIGNUP, PURCHASE, ORDER = "transactions/signup_*", "transactions/purchase_cs_*", "orders/cs_*"
SPEND, REFUND = "transactions/generation_g*_spend", "transactions/generation_g*_refund"
GENERATION, ACTION, CREDIT = "generations/g*", "adminActions/a*", "transactions/admin_a*"
SENT, OTHER_RECEIVED = "transactions/tip_k1_*_sent", "transactions/tip_k1_*_received"
RECEIVED, OTHER_SENT = f"transactions/tip_k*_{PATRON}_received", f"transactions/tip_k*_{PATRON}_sent"
CLAWBACK, REINSTATEMENT = "transactions/clawback_cs_*_1", "transactions/reinstatement_cs_*_2"

DRIFT, DEBT, TOTAL = "balance-mismatch", "debt-mismatch", "total-mismatch"
UNEXPLAINED, MISSING = "unexplained-line", "missing-line"

FAULTS: dict[str, Fault] = {
    "a balance": Fault(of_wallet(tokenBalance=1_000), DRIFT, agrees=False),
    "funds": Fault(of_wallet(funds={"bonus": 0, "purchased": 0, "earned": 44}), DRIFT, agrees=False),
    "a line less": Fault(without(CREDIT), DRIFT, agrees=False),
    "a line of another": Fault(of(CREDIT, userId="nobody"), DRIFT, agrees=False),
    "a line without a time": Fault(of(CREDIT, timestamp="today"), DRIFT, agrees=False),
    "a debt": Fault(of_wallet(debt=7), DEBT, agrees=False),
    "a debt that no line made": Fault(of(REINSTATEMENT, debt=-4), DEBT, agrees=False),
    "a total of purchases": Fault(of_wallet(totalTokensPurchased=1), TOTAL, agrees=False),
    "a total of spends": Fault(of_wallet(totalTokensSpent=1), TOTAL, agrees=False),
    "a total of tips": Fault(of_wallet(totalTokensEarned=1), TOTAL, agrees=False),
    "a total of credits": Fault(of_wallet(totalTokensCredited=1), TOTAL, agrees=False),
    "a second bonus": Fault(added("transactions/signup_2*", "signup_bonus", bonus=10), UNEXPLAINED),
    "a bonus of less than nothing": Fault(amount(SIGNUP, -1, "bonus"), UNEXPLAINED),
    "a purchase that nobody ordered": Fault(without(ORDER), UNEXPLAINED),
    "a purchase of more than was ordered": Fault(amount(PURCHASE, 51, "purchased"), UNEXPLAINED),
    "a purchase that can be cashed out": Fault(amount(PURCHASE, 50, "earned"), UNEXPLAINED),
    "a purchase by another name": Fault(renamed(PURCHASE, "transactions/purchase_cs_2*"), UNEXPLAINED),
    "a purchase of another session": Fault(details(PURCHASE, stripeSessionId="cs_2"), UNEXPLAINED),
    "a purchase at another price": Fault(details(PURCHASE, amount=1), UNEXPLAINED),
    "an order that is not paid": Fault(of(ORDER, status="parked"), UNEXPLAINED),
    "an order of another": Fault(of(ORDER, userId="mallory"), UNEXPLAINED),
    "an order without a line": Fault(without(PURCHASE), MISSING),
    "a spend of no generation": Fault(without(GENERATION), UNEXPLAINED),
    "a spend that brings tokens": Fault(amount(SPEND, 15, "bonus"), UNEXPLAINED),
    "a generation that cost another amount": Fault(of(GENERATION, cost=14), UNEXPLAINED),
    "a generation of another": Fault(of(GENERATION, userId="mallory"), UNEXPLAINED),
    "a generation of another feature": Fault(of(GENERATION, feature="video"), UNEXPLAINED),
    "a generation with fewer areas": Fault(of(GENERATION, areas=[]), UNEXPLAINED),
    "a generation that broke": Fault(of(GENERATION, refunded="10", areas=None), UNEXPLAINED),
    "a refund of less than was given back": Fault(of(GENERATION, refunded=15), UNEXPLAINED),
    "a refund without a spend": Fault(without(SPEND), UNEXPLAINED),
    "a refund into another fund": Fault(amount(REFUND, 10, "earned"), UNEXPLAINED),
    "a refund that is not there": Fault(without(REFUND), MISSING),
    "a tip that nobody received": Fault(without(OTHER_RECEIVED), MISSING),
    "a tip that nobody sent": Fault(without(OTHER_SENT), UNEXPLAINED),
    "a tip of more than was sent": Fault(amount(RECEIVED, 8, "bonus"), UNEXPLAINED),
    "a tip out of another fund": Fault(amount(RECEIVED, 7, "earned"), UNEXPLAINED),
    "a tip to another": Fault(details(SENT, recipientId="mallory"), UNEXPLAINED),
    "a tip with a key that is none": Fault(renamed(RECEIVED, f"transactions/tip_k_*_{PATRON}_received"), UNEXPLAINED),
    "a clawback of another step": Fault(renamed(CLAWBACK, "transactions/clawback_cs_*_3"), UNEXPLAINED),
    "a clawback of no order": Fault(details(CLAWBACK, orderId="cs_2"), UNEXPLAINED),
    "a clawback of less than is due": Fault(amount(CLAWBACK, -19, "purchased"), UNEXPLAINED),
    "an order of which more is taken": Fault(of(ORDER, taken={"bonus": 1, "purchased": 15, "earned": 0}), UNEXPLAINED),
    "an order that owes": Fault(of(ORDER, owed=1), UNEXPLAINED),
    "an order with fewer steps": Fault(of(ORDER, steps=1), UNEXPLAINED),
    "a grant without an action": Fault(without(ACTION), UNEXPLAINED),
    "a grant of more": Fault(amount(CREDIT, 4, "bonus"), UNEXPLAINED),
    "a grant that waits": Fault(of(ACTION, status="waiting"), UNEXPLAINED),
    "a grant to another": Fault(of(ACTION, about="mallory"), UNEXPLAINED),
    "a grant by another": Fault(details(CREDIT, actorId="mallory"), UNEXPLAINED),
    "an amount that its funds are not": Fault(of(CREDIT, amount=4), UNEXPLAINED),
    "half a token": Fault(amount(CREDIT, 0.5, "bonus"), UNEXPLAINED, agrees=False),
    "an amount in words": Fault(of(CREDIT, amount="3"), UNEXPLAINED),
    "a type that there is not": Fault(of(CREDIT, type="gift"), UNEXPLAINED),
    "a type that nothing writes": Fault(added("transactions/payout_*", "payout", earned=0), UNEXPLAINED),
    "details that are none": Fault(of(CREDIT, details=None), UNEXPLAINED),
    "a line priced by nobody": Fault(of(CREDIT, economy=""), UNEXPLAINED),
}

FREEZE = {DRIFT, DEBT, UNEXPLAINED}


def books_with(fault: Fault | None, user_id: str) -> Books:
    books = sound_books.lines_of(user_id)
    books[f"users/{user_id}"] = sound_books.wallet(books, user_id)
    if fault is not None:
        fault.plant(books, user_id)
        if fault.agrees:
            books[f"users/{user_id}"] |= sound_books.wallet(books, user_id)
    return books


@pytest.mark.threat(76, 92, 113)
def test_a_hundred_of_a_hundred_faults_are_found_by_kind_and_nothing_else(project: str) -> None:
    names = [f"u{number:02}" for number in range(100)]
    kinds = [*FAULTS, *FAULTS][: len(names)]
    planted = dict(zip(names, kinds, strict=True))
    books: Books = sound_books.patron()
    for name, kind in planted.items():
        books |= books_with(FAULTS[kind], name)
    for number in range(10):
        books |= books_with(None, f"sound{number}")
    books[f"users/{PATRON}"] = sound_books.wallet(books, PATRON)
    sound_books.write(books)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.cloud.checkpoint.REPORTED_FINDINGS", 1_000)
        patch.setattr("shared.cloud.checkpoint.THREADS", 4)  # the emulator shares its cores with the test
        report = walks.run()

    assert report.is_complete
    found: dict[str, set[object]] = {name: set() for name in (*names, *(f"sound{n}" for n in range(10)))}
    for finding in report.findings:
        found.setdefault(str(finding["userId"]), set()).add(finding["finding"])
    assert {n: (kind, found[n]) for n, kind in planted.items() if FAULTS[kind].found not in found[n]} == {}
    assert {name: kinds for name, kinds in found.items() if name.startswith("sound") and kinds} == {}
    frozen = {name for name in planted if (document(f"users/{name}") or {}).get("frozen")}
    assert frozen == {name for name in planted if found[name] & FREEZE}
    assert {name for name in planted if FAULTS[planted[name]].found in FREEZE} <= frozen
