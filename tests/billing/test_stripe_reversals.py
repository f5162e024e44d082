"""Needs the local Stripe. What the product asks of Stripe about refunds, disputes and sessions, and how often."""

import datetime
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
import stripe

from local.stripe.disputes import RESPONSE_SECONDS
from local.stripe.server import StripeServer
from shared import clock
from shared.billing import stripe_client, stripe_history, stripe_reversals, stripe_sessions, webhook
from shared.billing.stripe_reversals import Disputed, refund, reversals_of
from shared.errors import Unavailable
from shared.ledger.order_state import Session
from shared.ledger.reversal import Dispute, Refund, Reversals
from tests.support.stripe_kit import DISPUTES, INQUIRES, REFUND_FAILS, REFUND_PENDS, client_of, control, paid, pay
from tests.support.target import Target

DAY = datetime.timedelta(days=1)
SETTLE_SECONDS = 3600
OURS: dict[str, Any] = {"app": "guilder", "userId": "ada", "package": "popular"}


@pytest.fixture(scope="module")
def running() -> Iterator[StripeServer]:
    with StripeServer(settle_seconds=SETTLE_SECONDS) as started:
        yield started


@pytest.fixture
def server(running: StripeServer, fresh_settings: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeServer]:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_local")
    monkeypatch.setenv("STRIPE_API_BASE", running.url)
    yield running
    running.clear()


@pytest.fixture
def owner(server: StripeServer) -> stripe.StripeClient:
    return client_of(server)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Path and timeout of each call that the product makes."""
    made: list[tuple[str, float]] = []

    class Recording(stripe.RequestsClient):
        def request(self, method: str, url: str, *given: Any, **named: Any) -> Any:
            made.append((url.split("/v1/")[1].split("?")[0], cast(float, self._timeout)))
            return super().request(method, url, *given, **named)

        def _sleep_time_seconds(self, *_given: Any, **_named: Any) -> float:
            return 0.0

    monkeypatch.setattr(stripe, "RequestsClient", Recording)
    return made


@pytest.fixture
def nowhere(server: StripeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe does not answer."""
    with Target() as gone:
        monkeypatch.setenv("STRIPE_API_BASE", gone.url.rstrip("/"))


# -- what went back ----------------------------------------------------------------------------------------------------


def test_what_went_back_of_a_payment_takes_two_calls(
    server: StripeServer, owner: stripe.StripeClient, calls: list[tuple[str, float]]
) -> None:
    intent, other = paid(owner), paid(owner)
    control(server, "refunds", payment_intent=other, amount=1)
    part = control(server, "refunds", payment_intent=intent, amount=300, status="pending")
    strange = control(server, "refunds", payment_intent=intent, amount=5, currency="eur", status="failed")
    dispute = control(server, "disputes", payment_intent=intent, amount=699)

    assert reversals_of([intent]) == Reversals(
        refunds=(Refund(strange["id"], 5, "eur", "failed"), Refund(part["id"], 300, "usd", "pending")),
        disputes=(
            Dispute(
                dispute["id"],
                699,
                "usd",
                "needs_response",
                withdrawn=699,
                due_by=datetime.datetime.fromtimestamp(dispute["created"] + RESPONSE_SECONDS, datetime.UTC),
            ),
        ),
    )
    assert [path for path, _ in calls] == ["refunds", "disputes"]


@pytest.mark.parametrize(
    ("status", "withdrawn", "is_due"),
    [("lost", 999, False), ("won", 0, False), ("prevented", 0, False), ("warning_needs_response", 0, True)],
)
def test_the_money_of_a_dispute_is_what_its_bank_keeps(
    server: StripeServer, owner: stripe.StripeClient, status: str, withdrawn: int, is_due: bool
) -> None:
    intent = paid(owner)
    control(server, "disputes", payment_intent=intent, status=status)

    [dispute] = reversals_of([intent]).disputes

    assert (dispute.amount, dispute.withdrawn, dispute.due_by is not None) == (999, withdrawn, is_due)


@pytest.mark.parametrize(
    ("card", "at_first", "then"), [(REFUND_FAILS, "succeeded", "failed"), (REFUND_PENDS, "pending", "succeeded")]
)
def test_a_refund_is_asked_for_anew_each_time(
    server: StripeServer, owner: stripe.StripeClient, card: str, at_first: str, then: str
) -> None:
    intent = paid(owner, card)
    refund(intent, "cs_1")
    before = reversals_of([intent])

    control(server, "clock", seconds=SETTLE_SECONDS)

    assert [each.status for each in (*before.refunds, *reversals_of([intent]).refunds)] == [at_first, then]


def test_several_payments_and_all_pages_are_read(
    server: StripeServer, owner: stripe.StripeClient, calls: list[tuple[str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_client, "PAGE", 2)
    intents = [paid(owner), paid(owner)]
    for intent in intents:
        for amount in range(1, 6):
            control(server, "refunds", payment_intent=intent, amount=amount)

    assert [each.amount for each in reversals_of(intents).refunds] == [5, 4, 3, 2, 1] * 2
    assert [path for path, _ in calls] == ["refunds", "refunds", "refunds", "disputes"] * 2


def test_a_list_that_has_no_end_is_no_answer(
    server: StripeServer, owner: stripe.StripeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_reversals, "LISTED_MAX", 2)
    intent = paid(owner)
    for _ in range(3):
        control(server, "refunds", payment_intent=intent, amount=1)

    with pytest.raises(RuntimeError, match="more than 2"):
        reversals_of([intent])


# -- giving back -------------------------------------------------------------------------------------------------------


def test_a_refund_gives_back_what_is_left_once(server: StripeServer, owner: stripe.StripeClient) -> None:
    intent = paid(owner)
    control(server, "refunds", payment_intent=intent, amount=300)

    for _ in range(2):
        refund(intent, "cs_1")
    refund(intent, "cs_other")  # another key: nothing is left to give back

    assert [each.amount for each in reversals_of([intent]).refunds] == [699, 300]
    [event] = [
        each for each in owner.v1.events.list({"type": "refund.created"}).data if each.request and each.request.id
    ]
    assert event.request is not None
    assert event.request.idempotency_key == "guilder-refund-cs_1"
    assert event.data.object["metadata"].to_dict() == {"app": "guilder", "order": "cs_1"}


def test_two_refunds_at_once_give_back_once(server: StripeServer, owner: stripe.StripeClient) -> None:
    intent = paid(owner)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: refund(intent, "cs_1"), range(4)))

    assert [each.amount for each in reversals_of([intent]).refunds] == [999]


@pytest.mark.threat(101)
@pytest.mark.parametrize("done", [False, True])
def test_a_failure_that_stripe_saved_does_not_keep_a_refund_from_being_made(
    server: StripeServer, owner: stripe.StripeClient, done: bool
) -> None:
    intent = paid(owner)
    server.fail_next(done=done)

    refund(intent, "cs_1")

    assert [each.amount for each in reversals_of([intent]).refunds] == [999]


def test_a_payment_that_is_disputed_is_not_refunded(server: StripeServer, owner: stripe.StripeClient) -> None:
    intent = paid(owner, DISPUTES)

    with pytest.raises(Disputed):
        refund(intent, "cs_1")

    assert reversals_of([intent]).refunds == ()
    refund(asked_about := paid(owner, INQUIRES), "cs_2")
    assert len(reversals_of([asked_about]).refunds) == 1


# -- from a payment to its session -------------------------------------------------------------------------------------


def test_a_payment_leads_to_our_session_and_to_no_other_apps(
    server: StripeServer, owner: stripe.StripeClient, calls: list[tuple[str, float]]
) -> None:
    ours, theirs = pay(owner, **OURS), pay(owner, app="another")

    found = stripe_sessions.session_of(str(ours.payment_intent))

    assert found is not None
    assert (found.id, found.user_id, found.payment_intent_id) == (ours.id, "ada", ours.payment_intent)
    assert (found.is_paid, found.total) == (True, 999)
    assert stripe_sessions.session_of(str(theirs.payment_intent)) is None
    assert stripe_sessions.session_of("pi_none") is None
    assert [path for path, _ in calls] == ["checkout/sessions"] * 3


# -- what happened in a span of time -----------------------------------------------------------------------------------


def listed_events(since: datetime.datetime, until: datetime.datetime) -> stripe_history.Slice[dict[str, Any]]:
    return stripe_history.events(since, until, ["charge.refunded"])


def refunds_a_day(server: StripeServer, owner: stripe.StripeClient, days: int) -> str:
    """The payment intent of which 1 cent is refunded today and at the beginning of each of the next days."""
    intent = paid(owner)
    for _ in range(days):
        control(server, "refunds", payment_intent=intent, amount=1)
        control(server, "clock", seconds=int(DAY.total_seconds()))
    return intent


def test_the_events_of_a_span_come_newest_first_and_say_where_the_rest_begins(
    server: StripeServer, owner: stripe.StripeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_client, "PAGE", 2)
    monkeypatch.setattr(stripe_history, "SLICE_MAX", 3)
    today = clock.now()
    refunds_a_day(server, owner, 5)

    first = listed_events(today - DAY, today + 9 * DAY)
    assert first.rest_until is not None
    rest = listed_events(today - DAY, first.rest_until)

    days = [round((event["created"] - today.timestamp()) / DAY.total_seconds()) for event in first.items]
    assert days == [4, 3, 2]
    assert rest.items[0]["id"] == first.items[-1]["id"]
    assert (len(rest.items), rest.rest_until) == (3, None)
    assert len(listed_events(today + DAY / 2, today + 5 * DAY / 2).items) == 2
    assert listed_events(today - 3 * DAY, today - 2 * DAY) == stripe_history.Slice((), None)


def test_of_a_time_whose_events_are_forgotten_the_objects_are_listed(
    server: StripeServer, owner: stripe.StripeClient
) -> None:
    today = clock.now()
    ours, _ = pay(owner, **OURS), pay(owner, app="another")
    for path in ("refunds", "disputes", "disputes"):
        control(server, path, payment_intent=ours.payment_intent, amount=5)
    control(server, "clock", seconds=int(40 * DAY.total_seconds()))
    later = pay(owner, **OURS)
    control(server, "disputes", payment_intent=later.payment_intent)

    span = (today - DAY, today + DAY)
    assert listed_events(*span).items == ()
    assert [session.id for session in stripe_history.sessions(*span).items] == [ours.id]
    assert stripe_history.refunded(*span).items == (ours.payment_intent,)
    assert stripe_history.disputed(*span).items == (ours.payment_intent, ours.payment_intent)
    everything = (today - DAY, today + 50 * DAY)
    assert [session.id for session in stripe_history.sessions(*everything).items] == [later.id, ours.id]
    assert stripe_history.disputed(*everything).items[0] == later.payment_intent


def test_an_event_that_is_listed_is_one_like_those_that_are_delivered(
    server: StripeServer, owner: stripe.StripeClient
) -> None:
    session = pay(owner, **OURS)

    listed = stripe_history.events(clock.now() - DAY, clock.now() + DAY, ["checkout.session.completed"]).items

    [event] = map(webhook.event_of, listed)
    assert event.type == "checkout.session.completed"
    assert isinstance(event.subject, Session)
    assert (event.subject.id, event.subject.is_paid) == (session.id, True)


# -- how long, and how often -------------------------------------------------------------------------------------------

NOW = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
ASKED: dict[str, Callable[[], object]] = {
    "what went back": lambda: reversals_of(["pi_1"]),
    "a refund": lambda: refund("pi_1", "cs_1"),
    "the session of a payment": lambda: stripe_sessions.session_of("pi_1"),
    "events": lambda: listed_events(NOW, NOW + DAY),
    "sessions": lambda: stripe_history.sessions(NOW, NOW + DAY),
    "refunds": lambda: stripe_history.refunded(NOW, NOW + DAY),
    "disputes": lambda: stripe_history.disputed(NOW, NOW + DAY),
}


@pytest.mark.parametrize("question", ASKED)
def test_what_stripe_does_not_answer_is_unavailable(
    nowhere: None, calls: list[tuple[str, float]], question: str
) -> None:
    with pytest.raises(Unavailable):
        ASKED[question]()

    assert [seconds for _, seconds in calls] == [10, 10, 10]


@pytest.mark.parametrize("question", ASKED)
def test_a_webhook_waits_four_seconds_and_does_not_ask_again(
    nowhere: None, calls: list[tuple[str, float]], question: str
) -> None:
    with stripe_client.for_webhook(), pytest.raises(Unavailable):
        ASKED[question]()

    assert [seconds for _, seconds in calls] == [4]


def test_a_webhook_makes_six_calls_at_most(
    server: StripeServer, owner: stripe.StripeClient, calls: list[tuple[str, float]]
) -> None:
    intent = paid(owner)

    with stripe_client.for_webhook():
        reversals_of([intent, intent, intent])
        with pytest.raises(Unavailable, match="too much"):
            stripe_sessions.session_of(intent)
    assert len(calls) == 6

    with stripe_client.for_webhook():
        reversals_of([intent])
    reversals_of([intent, intent, intent])
    assert [seconds for _, seconds in calls] == [4] * 8 + [10] * 6
