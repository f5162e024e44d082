"""Needs nothing but this machine: refunds, disputes and events of the local Stripe, to the official library."""

from collections.abc import Iterator
from typing import Any, get_args

import httpx
import pytest
import stripe

from local.stripe.disputes import RESPONSE_SECONDS, Status
from local.stripe.server import StripeServer
from tests.support.stripe_kit import (
    DISPUTES,
    FAILS_LATER,
    INQUIRES,
    PAYS,
    PAYS_LATER,
    REFUND_FAILS,
    REFUND_PENDS,
    client_of,
    control,
    paid,
    pay,
)

DAY = 24 * 60 * 60
SETTLE_SECONDS = 3600


@pytest.fixture(scope="module")
def running() -> Iterator[StripeServer]:
    with StripeServer(settle_seconds=SETTLE_SECONDS) as started:
        yield started


@pytest.fixture
def server(running: StripeServer) -> Iterator[StripeServer]:
    yield running
    running.clear()


@pytest.fixture
def client(server: StripeServer) -> stripe.StripeClient:
    return client_of(server)


def later(server: StripeServer) -> None:
    control(server, "clock", seconds=SETTLE_SECONDS)


def said(client: stripe.StripeClient) -> list[str]:
    """The types of the events about what went back, oldest first."""
    types = [event.type for event in client.v1.events.list({"limit": 100}).data]
    return [kind for kind in reversed(types) if "refund" in kind or "dispute" in kind]


def the_dispute(client: stripe.StripeClient) -> stripe.Dispute:
    [dispute] = client.v1.disputes.list().data
    return dispute


def moved(dispute: stripe.Dispute) -> list[int]:
    return [each.amount for each in dispute.balance_transactions]


# -- refunds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("card", "at_first", "then", "events", "refunded"),
    [
        (PAYS, "succeeded", "succeeded", [], 999),
        (REFUND_FAILS, "succeeded", "failed", ["refund.updated", "refund.failed"], 0),
        (REFUND_PENDS, "pending", "succeeded", ["refund.updated"], 999),
    ],
)
def test_the_card_decides_what_becomes_of_a_refund(
    client: stripe.StripeClient,
    server: StripeServer,
    card: str,
    at_first: str,
    then: str,
    events: list[str],
    refunded: int,
) -> None:
    refund = client.v1.refunds.create({"payment_intent": paid(client, card)})
    later(server)

    after = client.v1.refunds.retrieve(refund.id)
    assert (refund.status, after.status) == (at_first, then)
    assert (after.failure_reason is not None) == (then == "failed")
    assert client.v1.charges.retrieve(str(refund.charge)).amount_refunded == refunded
    assert said(client) == ["refund.created", "charge.refunded", *events]


def test_a_refund_that_was_decided_meanwhile_stays_so(client: stripe.StripeClient, server: StripeServer) -> None:
    refund = client.v1.refunds.create({"payment_intent": paid(client, REFUND_PENDS)})
    assert refund.pending_reason == "processing"

    control(server, f"refunds/{refund.id}", status="canceled")
    later(server)

    assert client.v1.refunds.retrieve(refund.id).status == "canceled"
    assert client.v1.charges.retrieve(str(refund.charge)).refunded is False
    assert client.v1.refunds.create({"charge": str(refund.charge)}).amount == 999


def test_a_refund_that_the_api_would_not_make_is_made_by_a_control(
    client: stripe.StripeClient, server: StripeServer
) -> None:
    intent = paid(client, DISPUTES)
    with pytest.raises(stripe.InvalidRequestError, match="charged back") as refusal:
        client.v1.refunds.create({"payment_intent": intent})
    assert refusal.value.code == "charge_disputed"

    control(server, "refunds", payment_intent=intent, amount=5000, currency="EUR")
    control(server, "refunds", payment_intent=intent, amount=300, status="pending")
    control(server, "refunds", payment_intent=intent, amount=1500)

    listed = client.v1.refunds.list({"payment_intent": intent}).data
    assert [(refund.amount, refund.currency, refund.status) for refund in listed] == [
        (1500, "usd", "succeeded"),
        (300, "usd", "pending"),
        (5000, "eur", "succeeded"),
    ]
    charge = client.v1.charges.retrieve(str(listed[0].charge))
    assert (charge.amount_refunded, charge.refunded, charge.disputed) == (1800, True, True)


# -- disputes ----------------------------------------------------------------------------------------------------------


def test_a_disputed_payment_has_lost_its_money_at_once(client: stripe.StripeClient) -> None:
    intent = paid(client, DISPUTES)

    dispute = the_dispute(client)
    [taken] = dispute.balance_transactions
    assert (dispute.payment_intent, dispute.amount, dispute.currency) == (intent, 999, "usd")
    assert (dispute.status, dispute.is_charge_refundable) == ("needs_response", False)
    assert dispute.evidence_details.due_by == dispute.created + RESPONSE_SECONDS
    assert (taken.amount, taken.fee, taken.net, taken.type) == (-999, 1500, -2499, "adjustment")
    assert said(client) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert client.v1.disputes.retrieve(dispute.id).id == dispute.id


def test_an_inquiry_takes_nothing_and_the_payment_can_be_refunded(client: stripe.StripeClient) -> None:
    intent = paid(client, INQUIRES)

    dispute = the_dispute(client)
    assert (dispute.status, dispute.is_charge_refundable) == ("warning_needs_response", True)
    assert dispute.balance_transactions == []
    assert said(client) == ["charge.dispute.created"]
    assert client.v1.refunds.create({"payment_intent": intent}).status == "succeeded"


@pytest.mark.parametrize(
    ("card", "text", "status", "money", "events"),
    [
        (DISPUTES, "winning_evidence", "won", [-999, 999], ["updated", "funds_reinstated", "closed"]),
        (DISPUTES, "losing_evidence", "lost", [-999], ["updated", "closed"]),
        (DISPUTES, "They did get it.", "under_review", [-999], ["updated"]),
        (INQUIRES, "winning_evidence", "warning_closed", [], ["updated", "closed"]),
        (INQUIRES, "losing_evidence", "lost", [-999], ["updated", "funds_withdrawn", "closed"]),
        (INQUIRES, "escalate_inquiry_evidence", "needs_response", [-999], ["updated", "funds_withdrawn", "updated"]),
        (INQUIRES, "They did get it.", "warning_under_review", [], ["updated"]),
    ],
)
def test_the_evidence_decides_a_dispute(
    client: stripe.StripeClient, card: str, text: str, status: str, money: list[int], events: list[str]
) -> None:
    paid(client, card)
    before = said(client)

    dispute = client.v1.disputes.update(the_dispute(client).id, {"evidence": {"uncategorized_text": text}})

    assert (dispute.status, moved(dispute)) == (status, money)
    assert sum(each.fee for each in dispute.balance_transactions) == (1500 if sum(money) < 0 else 0)
    assert said(client)[len(before) :] == [f"charge.dispute.{event}" for event in events]


def test_evidence_waits_until_it_is_submitted(client: stripe.StripeClient) -> None:
    paid(client, DISPUTES)
    dispute = the_dispute(client)

    staged = client.v1.disputes.update(
        dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": False, "metadata": {"by": "ada"}}
    )
    won = client.v1.disputes.update(dispute.id, {"submit": True})

    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    assert staged.evidence_details.submission_count == 0
    assert (won.status, won.evidence_details.submission_count, won.metadata["by"]) == ("won", 1, "ada")
    assert client.v1.refunds.create({"charge": str(dispute.charge)}).status == "succeeded"


def test_a_dispute_that_is_closed_is_lost_and_takes_no_evidence_any_more(client: stripe.StripeClient) -> None:
    paid(client, DISPUTES)

    lost = client.v1.disputes.close(the_dispute(client).id)

    assert (lost.status, moved(lost)) == ("lost", [-999])
    assert said(client)[-1] == "charge.dispute.closed"
    with pytest.raises(stripe.InvalidRequestError, match="its status is lost"):
        client.v1.disputes.close(lost.id)
    with pytest.raises(stripe.InvalidRequestError, match="its status is lost"):
        client.v1.disputes.update(lost.id, {"evidence": {"uncategorized_text": "winning_evidence"}})


@pytest.mark.parametrize(
    ("status", "money", "events"),
    [
        ("needs_response", [-300], ["created", "funds_withdrawn"]),
        ("appeal_under_review", [-300], ["created", "funds_withdrawn"]),
        ("lost", [-300], ["created", "funds_withdrawn", "closed"]),
        ("won", [-300, 300], ["created", "funds_withdrawn", "funds_reinstated", "closed"]),
        ("warning_under_review", [], ["created"]),
        ("warning_closed", [], ["created", "closed"]),
        ("prevented", [], ["created", "closed"]),
    ],
)
def test_a_dispute_of_any_status_can_be_made_and_its_money_follows(
    client: stripe.StripeClient, server: StripeServer, status: str, money: list[int], events: list[str]
) -> None:
    made = control(server, "disputes", payment_intent=paid(client), amount=300, currency="EUR", status=status)

    dispute = the_dispute(client)
    assert (made["id"], made["status"]) == (dispute.id, status)
    assert (dispute.amount, dispute.currency, moved(dispute)) == (300, "eur", money)
    assert said(client) == [f"charge.dispute.{event}" for event in events]


def test_a_lost_dispute_is_appealed_and_won(client: stripe.StripeClient, server: StripeServer) -> None:
    dispute_id = control(server, "disputes", payment_intent=paid(client))["id"]

    after = []
    for status in ("under_review", "lost", "appeal_needs_response", "appeal_under_review", "won"):
        control(server, f"disputes/{dispute_id}", status=status)
        after.append(moved(the_dispute(client)))

    assert after == [[-999], [-999], [-999], [-999], [-999, 999]]
    refused = httpx.post(f"{server.url}/_local/disputes/{dispute_id}", data={"status": "lost"})
    assert refused.status_code == 400
    assert (the_dispute(client).status, moved(the_dispute(client))) == ("won", [-999, 999])


def test_a_payment_is_disputed_twice_and_for_more_than_was_charged(
    client: stripe.StripeClient, server: StripeServer
) -> None:
    intent = paid(client)

    for amount in (400, 1200):
        control(server, "disputes", payment_intent=intent, amount=amount)

    assert [dispute.amount for dispute in client.v1.disputes.list({"payment_intent": intent}).data] == [1200, 400]


def test_the_statuses_are_those_of_the_official_library() -> None:
    official = {value for option in get_args(stripe.Dispute.__annotations__["status"]) for value in get_args(option)}

    assert set(get_args(Status)) == official


# -- lists and events --------------------------------------------------------------------------------------------------


def test_refunds_and_disputes_are_listed_by_payment_charge_and_time(
    client: stripe.StripeClient, server: StripeServer
) -> None:
    ours, theirs = paid(client), paid(client)
    for intent in (ours, theirs):
        control(server, "refunds", payment_intent=intent, amount=1)
        control(server, "disputes", payment_intent=intent)
        control(server, "clock", seconds=DAY)

    for service in (client.v1.refunds, client.v1.disputes):
        [newest, oldest] = service.list().data

        def found(service: Any = service, **filters: Any) -> list[str]:
            return [each.id for each in service.list(filters).data]

        assert (newest.payment_intent, oldest.payment_intent) == (theirs, ours)
        assert found(payment_intent=ours) == found(charge=oldest.charge) == [oldest.id]
        assert found(created={"gt": oldest.created}) == found(created={"gte": newest.created}) == [newest.id]
        assert found(created={"lt": newest.created}) == found(created={"lte": oldest.created}) == [oldest.id]
        assert found(payment_intent="pi_none") == []


def test_payment_intents_and_sessions_are_listed_by_time(client: stripe.StripeClient, server: StripeServer) -> None:
    first = paid(client)
    control(server, "clock", seconds=DAY)
    second = paid(client)
    [after, before] = client.v1.payment_intents.list().data

    assert (after.id, before.id) == (second, first)
    for service in (client.v1.payment_intents, client.v1.checkout.sessions):
        listed: Any = service.list({"created": {"gt": before.created}})
        assert [getattr(each, "payment_intent", each.id) for each in listed.data] == [second]
    [session] = client.v1.checkout.sessions.list({"payment_intent": first}).data
    assert session.payment_intent == first


def test_events_are_listed_by_type_and_time_page_by_page(client: stripe.StripeClient, server: StripeServer) -> None:
    intent = paid(client)
    for _ in range(3):
        control(server, "disputes", payment_intent=intent)
        control(server, "clock", seconds=60)
    types = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]

    def events(**filters: Any) -> list[stripe.Event]:
        return client.v1.events.list({"types": types, **filters}).data  # type: ignore[arg-type]

    everything = events()
    assert [event.type for event in everything] == types[::-1] * 3
    assert [event.id for event in events(limit=2, starting_after=everything[1].id)] == [e.id for e in everything[2:4]]
    last, first = everything[0].created, everything[-1].created
    assert [event.created for event in events(created={"gte": last})] == [last, last]
    assert [event.created for event in events(created={"gte": first, "lt": first + 60})] == [first, first]


@pytest.mark.parametrize("filters", [{"types": ["a"] * 21}, {"types": ["a"], "type": "b"}])
def test_a_list_of_events_takes_twenty_types_or_one(client: stripe.StripeClient, filters: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="You may only specify"):
        client.v1.events.list(filters)


def test_an_event_is_forgotten_after_thirty_days(client: stripe.StripeClient, server: StripeServer) -> None:
    paid(client)
    control(server, "clock", seconds=30 * DAY - 60)
    kept = client.v1.events.list().data[0]

    control(server, "clock", seconds=120)

    assert client.v1.events.list().data == []
    for method, path in (("get", f"/v1/events/{kept.id}"), ("post", f"/v1/events/{kept.id}/retry")):
        with pytest.raises(stripe.InvalidRequestError, match="No such event"):
            client.raw_request(method, path)
    assert len(client.v1.payment_intents.list().data) == 1


def test_a_failed_payment_says_why(client: stripe.StripeClient) -> None:
    pay(client, "4000000000000002")

    [event] = client.v1.events.list({"types": ["payment_intent.payment_failed"]}).data
    assert event.data.object["last_payment_error"]["code"] == "card_declined"


# -- controls ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("card", "decided"), [(PAYS_LATER, "succeeded"), (FAILS_LATER, "requires_payment_method")])
def test_a_bank_decides_about_one_payment_when_it_is_told_to(
    client: stripe.StripeClient, server: StripeServer, card: str, decided: str
) -> None:
    told, waiting = (str(pay(client, card).payment_intent) for _ in range(2))

    assert control(server, f"payment_intents/{told}")["status"] == decided

    again = httpx.post(f"{server.url}/_local/payment_intents/{told}")
    assert (again.status_code, again.json()["error"]["code"]) == (400, "payment_intent_unexpected_state")
    assert client.v1.payment_intents.retrieve(told).status == decided
    assert client.v1.payment_intents.retrieve(waiting).status == "processing"
    later(server)
    assert client.v1.payment_intents.retrieve(waiting).status == decided


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("disputes", {}),
        ("disputes", {"payment_intent": "pi_none"}),
        ("disputes", {"amount": "0"}),
        ("disputes", {"currency": "tokens"}),
        ("disputes", {"status": "settled"}),
        ("disputes", {"reason": "fraudulent"}),
        ("disputes/du_none", {"status": "won"}),
        ("refunds", {"amount": "0"}),
        ("refunds", {"amount": "1", "status": "won"}),
        ("refunds", {"amount": "1", "currency": "tokens"}),
        ("refunds", {"currency": "usd"}),
        ("refunds/re_none", {"status": "failed"}),
        ("payment_intents/pi_none", {}),
        ("clock", {"seconds": "-1"}),
        ("clock", {"seconds": "soon"}),
        ("deliveries", {"lose": "maybe"}),
    ],
)
def test_a_control_refuses_what_it_does_not_know(
    client: stripe.StripeClient, server: StripeServer, path: str, form: dict[str, str]
) -> None:
    about = {"payment_intent": paid(client)} if form and path in ("disputes", "refunds") else {}

    refused = httpx.post(f"{server.url}/_local/{path}", data=about | form)

    assert refused.status_code in (400, 404)
    assert refused.json()["error"]["type"] == "invalid_request_error"
    assert said(client) == []
