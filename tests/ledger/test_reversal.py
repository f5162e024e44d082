"""Needs nothing. What of a payment counts as reversed, by what Stripe says of its refunds and disputes."""

import datetime
import itertools

import pytest

from shared.ledger.reversal import Dispute, Refund, Reversals, Standing, standing

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
SOON, LATER = NOW + datetime.timedelta(days=7), NOW + datetime.timedelta(days=9)
PAID = 999


def refund(amount: int = 300, status: str = "succeeded", currency: str = "usd", refund_id: str = "re_1") -> Refund:
    return Refund(refund_id, amount, currency, status)


def dispute(
    status: str = "needs_response",
    amount: int = PAID,
    withdrawn: int | None = None,
    currency: str = "usd",
    dispute_id: str = "du_1",
    due_by: datetime.datetime | None = None,
) -> Dispute:
    return Dispute(dispute_id, amount, currency, status, amount if withdrawn is None else withdrawn, due_by)


def seen(*said: Refund | Dispute, lost_at: datetime.datetime | None = None, currency: str | None = "usd") -> Standing:
    refunds = tuple(each for each in said if isinstance(each, Refund))
    disputes = tuple(each for each in said if isinstance(each, Dispute))
    return standing(Reversals(refunds, disputes), PAID, currency, lost_at, NOW)


@pytest.mark.threat(50, 51)
@pytest.mark.parametrize(
    ("said", "reversed_amount", "is_open"),
    [
        ((), 0, False),
        ((refund(),), 300, False),
        ((refund(), refund(333, refund_id="re_2")), 633, False),
        ((refund(status="pending"),), 300, True),
        ((refund(status="requires_action"),), 300, True),
        ((refund(status="failed"),), 0, False),
        ((refund(status="canceled"),), 0, False),
        ((refund(status="something-new"),), 300, False),
        ((dispute(),), 999, True),
        ((dispute(amount=400),), 400, True),
        ((dispute(withdrawn=0),), 0, True),
        ((dispute("under_review"),), 999, True),
        ((dispute("won"),), 0, False),
        ((dispute("won", withdrawn=0),), 0, False),
        ((dispute("lost"),), 999, True),
        ((dispute("appeal_needs_response"),), 999, True),
        ((dispute("appeal_under_review"),), 999, True),
        ((dispute("warning_needs_response", withdrawn=0),), 0, True),
        ((dispute("warning_under_review"),), 0, True),
        ((dispute("warning_closed", withdrawn=0),), 0, False),
        ((dispute("prevented", withdrawn=0),), 0, False),
        ((dispute("prevented"),), 999, False),
        ((dispute("something-new"),), 999, True),
        ((dispute("something-new", withdrawn=0),), 0, True),
        ((refund(), dispute(amount=699)), 999, True),
        ((refund(), dispute("won", amount=699)), 300, False),
        ((refund(), dispute("lost")), 999, True),
        ((dispute(), dispute(dispute_id="du_2")), 999, True),
        ((refund(5000),), 999, False),
    ],
)
def test_what_counts_as_reversed(said: tuple[Refund | Dispute, ...], reversed_amount: int, is_open: bool) -> None:
    found = seen(*said)

    assert (found.reversed, found.is_open, found.unclear) == (reversed_amount, is_open, None)


@pytest.mark.threat(51)
def test_money_in_another_currency_is_for_a_person_to_look_at() -> None:
    foreign_refund, foreign_dispute = refund(currency="eur"), dispute(currency="eur", amount=12)

    assert seen(foreign_refund).reversed == 0
    assert seen(foreign_dispute).reversed == PAID
    assert seen(foreign_dispute, refund(refund_id="re_2")).reversed == PAID
    for found in (seen(foreign_refund), seen(foreign_dispute)):
        assert found.unclear is not None
    for over in (refund(currency="eur", status="failed"), dispute("won", currency="eur")):
        assert (seen(over).reversed, seen(over).unclear) == (0, None)


def test_where_the_currency_is_not_known_everything_is_counted() -> None:
    found = seen(refund(currency="eur"), dispute(currency="gbp", amount=400), currency=None)

    assert (found.reversed, found.unclear) == (700, None)


def test_the_first_open_dispute_says_until_when_evidence_is_awaited() -> None:
    disputes = (
        dispute(due_by=LATER),
        dispute(dispute_id="du_2", due_by=SOON),
        dispute("won", dispute_id="du_3", due_by=NOW),
    )

    assert seen(*disputes).due_by == SOON
    assert seen(disputes[2]).due_by is None
    assert seen(*disputes).disputes == {"du_1": "needs_response", "du_2": "needs_response", "du_3": "won"}


def test_a_lost_dispute_may_come_back_for_ninety_days() -> None:
    earlier = NOW - datetime.timedelta(days=89)
    long_ago = NOW - datetime.timedelta(days=90)

    assert seen(dispute("lost")).lost_at == NOW
    assert (seen(dispute("lost"), lost_at=earlier).lost_at, seen(dispute("lost"), lost_at=earlier).is_open) == (
        earlier,
        True,
    )
    assert not seen(dispute("lost"), lost_at=long_ago).is_open
    assert seen(dispute("appeal_under_review"), lost_at=long_ago).is_open
    assert seen(dispute("won"), lost_at=earlier).lost_at is None
    assert not seen(dispute("won"), lost_at=earlier).is_open


def test_an_order_keeps_the_status_of_ten_disputes() -> None:
    assert len(seen(*(dispute(dispute_id=f"du_{number}") for number in range(12))).disputes) == 10


def test_the_order_in_which_stripe_lists_them_changes_nothing() -> None:
    said: tuple[Refund | Dispute, ...] = (
        refund(),
        refund(currency="eur", refund_id="re_2"),
        dispute(amount=400),
        dispute("lost", 100, dispute_id="du_2"),
    )

    for order in itertools.permutations(said):
        found = seen(*order)
        assert (found.reversed, found.lost_at, found.is_open) == (800, NOW, True)
