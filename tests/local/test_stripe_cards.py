"""Needs nothing but this machine: saved cards of the local Stripe and their charges, to the official library."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stripe

from local.stripe.server import StripeServer
from tests.support.stripe_kit import (
    ASKS,
    DIES,
    DISPUTES,
    FAILS_LATER,
    IS_DECLINED,
    PAYS,
    PAYS_LATER,
    client_of,
    control,
)

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


@pytest.fixture
def ada(client: stripe.StripeClient) -> str:
    return client.v1.customers.create({"email": "ada@example.com"}).id


def card(client: stripe.StripeClient, number: str = PAYS) -> str:
    return client.v1.payment_methods.create({"type": "card", "card": {"number": number}}).id


def saved(client: stripe.StripeClient, customer: str, number: str = PAYS) -> str:
    return client.v1.payment_methods.attach(card(client, number), {"customer": customer}).id


def setup_page(client: stripe.StripeClient, **more: Any) -> stripe.checkout.Session:
    parameters: Any = {
        "mode": "setup",
        "currency": "usd",
        "metadata": {"app": "guilder"},
        "setup_intent_data": {"metadata": {"userId": "ada"}},
        "success_url": "http://127.0.0.1/done?session={CHECKOUT_SESSION_ID}",
        **more,
    }
    return client.v1.checkout.sessions.create(parameters)


def complete(session: stripe.checkout.Session, number: str) -> httpx.Response:
    return httpx.post(f"{session.url}/complete", data={"card": number, "email": "ada@example.com"})


def charge(client: stripe.StripeClient, owner: str, method: str, key: str = "", **more: Any) -> stripe.PaymentIntent:
    parameters: Any = {
        "amount": 999,
        "currency": "usd",
        "customer": owner,
        "payment_method": method,
        "off_session": True,
        "confirm": True,
        "metadata": {"reload": "reload_1"},
        **more,
    }
    return client.v1.payment_intents.create(parameters, {"idempotency_key": key} if key else {})


def refused(client: stripe.StripeClient, customer: str, method: str, key: str = "") -> stripe.CardError:
    with pytest.raises(stripe.CardError) as refusal:
        charge(client, customer, method, key)
    return refusal.value


def said(client: stripe.StripeClient) -> list[str]:
    """The types of all events, oldest first."""
    return [event.type for event in reversed(client.v1.events.list({"limit": 100}).data)]


# -- payment methods ---------------------------------------------------------------------------------------------------


def test_a_card_belongs_to_one_customer_until_it_is_detached(client: stripe.StripeClient, ada: str) -> None:
    ben = client.v1.customers.create({"name": "Ben"}).id
    method = saved(client, ada)
    other = card(client)

    kept = client.v1.payment_methods.retrieve(method)
    assert (kept.type, kept.customer, kept.card and kept.card.last4) == ("card", ada, "4242")
    assert [each.id for each in client.v1.payment_methods.list({"customer": ada, "type": "card"}).data] == [method]
    assert [each.id for each in client.v1.customers.payment_methods.list(ada).data] == [method]
    assert client.v1.customers.payment_methods.list(ben).data == []
    assert client.v1.payment_methods.attach(method, {"customer": ada}).id == method
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.v1.payment_methods.attach(method, {"customer": ben})

    assert client.v1.payment_methods.detach(method).customer is None

    assert client.v1.customers.payment_methods.list(ada).data == []
    for again in (
        lambda: client.v1.payment_methods.attach(method, {"customer": ada}),
        lambda: charge(client, ada, method),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
            again()
    with pytest.raises(stripe.InvalidRequestError, match="detachment is impossible"):
        client.v1.payment_methods.detach(other)
    assert said(client)[2:] == ["payment_method.attached", "payment_method.detached"]


def test_a_card_is_the_customers_default_while_it_is_theirs(client: stripe.StripeClient, ada: str) -> None:
    method, foreign = saved(client, ada), card(client)

    def default() -> Any:
        customer = client.v1.customers.retrieve(ada, {"expand": ["invoice_settings.default_payment_method"]})
        return customer.to_dict()["invoice_settings"]["default_payment_method"]

    def make_default(method_id: str) -> None:
        client.v1.customers.update(ada, {"invoice_settings": {"default_payment_method": method_id}})

    assert default() is None
    make_default(method)
    assert default()["card"]["brand"] == "visa"
    with pytest.raises(stripe.InvalidRequestError, match="must be attached") as refusal:
        make_default(foreign)
    assert (refusal.value.code, refusal.value.param) == (
        "resource_missing",
        "invoice_settings[default_payment_method]",
    )
    client.v1.customers.update(ada, {"name": "Ada"})
    assert default()["id"] == method

    client.v1.payment_methods.detach(method)

    assert default() is None


def test_stripes_names_of_test_cards_stand_for_new_payment_methods(client: stripe.StripeClient, ada: str) -> None:
    ids = [client.v1.payment_methods.attach("pm_card_visa", {"customer": ada}).id for _ in range(2)]

    assert len(set(ids)) == 2
    with pytest.raises(stripe.CardError, match="declined"):
        client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": ada})
    with pytest.raises(stripe.CardError, match="number is incorrect"):
        card(client, "4111111111111111")
    with pytest.raises(stripe.InvalidRequestError, match="knows cards only"):
        client.v1.payment_methods.create({"type": "paypal"})


def test_metadata_of_a_card_is_added_to(client: stripe.StripeClient, ada: str) -> None:
    method = saved(client, ada)

    client.v1.payment_methods.update(method, {"metadata": {"app": "guilder"}})
    client.v1.payment_methods.update(method, {"metadata": {"userId": "ada"}})

    metadata = client.v1.payment_methods.retrieve(method).metadata
    assert metadata is not None
    assert metadata.to_dict() == {"app": "guilder", "userId": "ada"}


# -- setup -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [PAYS, DIES, ASKS])
def test_a_setup_page_saves_a_card_and_charges_nothing(client: stripe.StripeClient, ada: str, number: str) -> None:
    session = setup_page(client, customer=ada)
    page = httpx.get(str(session.url)).text

    answer = complete(session, number)

    assert "Save this card" in page
    assert "Pay " not in page
    assert answer.headers["location"] == f"http://127.0.0.1/done?session={session.id}"
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent.payment_method"]})
    assert (done.mode, done.status, done.payment_status) == ("setup", "complete", "no_payment_required")
    assert (done.amount_total, done.payment_intent) == (None, None)
    intent = done.to_dict()["setup_intent"]
    assert (intent["status"], intent["metadata"], intent["customer"]) == ("succeeded", {"userId": "ada"}, ada)
    assert intent["payment_method"]["card"]["last4"] == number[-4:]
    assert [each.id for each in client.v1.customers.payment_methods.list(ada).data] == [intent["payment_method"]["id"]]
    assert [each.id for each in client.v1.setup_intents.list({"customer": ada}).data] == [intent["id"]]
    assert client.v1.payment_intents.list().data == []
    assert said(client)[1:] == [
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
        "checkout.session.completed",
    ]


def test_a_declined_card_leaves_the_setup_page_open_for_another(client: stripe.StripeClient, ada: str) -> None:
    session = setup_page(client, customer=ada)

    assert complete(session, IS_DECLINED).status_code == 402
    intent = client.v1.setup_intents.retrieve(str(session.setup_intent))
    assert (intent.status, intent.last_setup_error and intent.last_setup_error.code) == (
        "requires_payment_method",
        "card_declined",
    )
    assert complete(session, PAYS).status_code == 303
    assert client.v1.setup_intents.retrieve(intent.id).last_setup_error is None


def test_a_setup_page_that_is_left_alone_saves_nothing(client: stripe.StripeClient, ada: str) -> None:
    session = setup_page(client, customer=ada)

    client.v1.checkout.sessions.expire(session.id)

    assert client.v1.setup_intents.retrieve(str(session.setup_intent)).status == "canceled"
    assert complete(session, PAYS).status_code == 410


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"line_items": [{"price": "price_x", "quantity": 1}]}, None, "line_items"),
        ({"payment_intent_data": {"description": "x"}}, None, "payment_intent_data"),
        ({"currency": "xxx"}, None, "currency"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
    ],
)
def test_a_setup_page_that_stripe_would_refuse_is_refused(
    client: stripe.StripeClient, changes: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        setup_page(client, **changes)

    assert (refusal.value.code, refusal.value.param) == (code, param)
    assert client.v1.setup_intents.list().data == []


def test_a_setup_intent_is_confirmed_with_a_card(client: stripe.StripeClient, ada: str) -> None:
    at_once = client.v1.setup_intents.create({"customer": ada, "payment_method": card(client), "confirm": True})
    later = client.v1.setup_intents.create({"customer": ada})
    asked = client.v1.setup_intents.create({"customer": ada, "payment_method": card(client, ASKS)})

    assert (at_once.status, later.status, asked.status) == (
        "succeeded",
        "requires_payment_method",
        "requires_confirmation",
    )
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param"):
        client.v1.setup_intents.confirm(later.id)
    with pytest.raises(stripe.CardError) as declined:
        client.v1.setup_intents.confirm(later.id, {"payment_method": card(client, IS_DECLINED)})
    assert declined.value.error is not None
    assert declined.value.error.setup_intent is not None
    assert declined.value.error.setup_intent.id == later.id
    assert client.v1.setup_intents.confirm(later.id, {"payment_method": card(client)}).status == "succeeded"
    assert client.v1.setup_intents.confirm(asked.id).status == "requires_action"
    with pytest.raises(stripe.InvalidRequestError) as ended:
        client.v1.setup_intents.confirm(at_once.id)
    assert ended.value.code == "setup_intent_unexpected_state"
    assert len(client.v1.customers.payment_methods.list(ada).data) == 2


# -- payments while nobody is there ------------------------------------------------------------------------------------


def test_a_saved_card_is_charged_while_its_owner_is_away(client: stripe.StripeClient, ada: str) -> None:
    intent = charge(client, ada, saved(client, ada))

    assert (intent.status, intent.amount_received, intent.customer) == ("succeeded", 999, ada)
    assert intent.metadata.to_dict() == {"reload": "reload_1"}
    listed = client.v1.payment_intents.list({"customer": ada}).data
    assert [(each.id, each.metadata["reload"]) for each in listed] == [(intent.id, "reload_1")]
    assert client.v1.charges.retrieve(str(intent.latest_charge)).paid is True
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 999
    assert said(client)[2:5] == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        (DIES, "card_declined", "generic_decline"),
        (ASKS, "authentication_required", "authentication_required"),
    ],
)
def test_a_charge_that_the_bank_refuses_is_an_error_with_the_payment_intent_in_it(
    client: stripe.StripeClient, ada: str, number: str, code: str, decline_code: str
) -> None:
    method = saved(client, ada, number)

    refusal = refused(client, ada, method, key="k1")
    again = refused(client, ada, method, key="k1")

    assert (refusal.http_status, refusal.code) == (402, code)
    assert refusal.error is not None
    assert (refusal.error.type, refusal.error.decline_code) == ("card_error", decline_code)
    intent = refusal.error.payment_intent
    assert intent is not None
    assert (intent.status, intent.amount_received, intent.payment_method) == ("requires_payment_method", 0, None)
    assert intent.last_payment_error is not None
    assert (intent.last_payment_error.code, intent.last_payment_error.charge) == (code, refusal.error.charge)
    assert refusal.error.payment_method is not None
    assert refusal.error.payment_method.id == method
    assert (again.headers or {})["Idempotent-Replayed"] == "true"
    assert again.error is not None
    assert again.error.payment_intent is not None
    assert again.error.payment_intent.id == intent.id
    [kept] = client.v1.payment_intents.list({"customer": ada}).data
    assert kept.to_dict() == intent.to_dict()
    [failed] = client.v1.events.list({"type": "payment_intent.payment_failed"}).data
    assert failed.data.object["id"] == intent.id
    assert client.v1.charges.retrieve(str(refusal.error.charge)).failure_code == code


def test_a_payment_that_the_bank_asks_about_waits_while_its_owner_is_there(
    client: stripe.StripeClient, ada: str
) -> None:
    intent = charge(client, ada, saved(client, ada, ASKS), off_session=False)

    assert (intent.status, intent.next_action and intent.next_action.type) == ("requires_action", "use_stripe_sdk")


@pytest.mark.parametrize(("number", "status"), [(PAYS_LATER, "succeeded"), (FAILS_LATER, "requires_payment_method")])
def test_a_bank_that_decides_later_is_waited_for(
    client: stripe.StripeClient, server: StripeServer, ada: str, number: str, status: str
) -> None:
    intent = charge(client, ada, saved(client, ada, number))
    assert intent.status == "processing"

    control(server, "clock", seconds=SETTLE_SECONDS)

    assert client.v1.payment_intents.retrieve(intent.id).status == status


def test_a_saved_card_may_dispute_what_it_paid(client: stripe.StripeClient, ada: str) -> None:
    intent = charge(client, ada, saved(client, ada, DISPUTES))

    [dispute] = client.v1.disputes.list({"payment_intent": intent.id}).data
    assert dispute.status == "needs_response"


def test_a_payment_intent_is_confirmed_or_canceled_once(client: stripe.StripeClient, ada: str) -> None:
    def waiting(number: str = PAYS) -> str:
        method = saved(client, ada, number)
        return charge(client, ada, method, confirm=False, off_session=None).id

    paid, declined, canceled = waiting(), waiting(DIES), waiting()

    assert client.v1.payment_intents.confirm(paid).status == "succeeded"
    with pytest.raises(stripe.CardError):
        client.v1.payment_intents.confirm(declined, {"off_session": True})
    again = client.v1.payment_intents.confirm(declined, {"payment_method": saved(client, ada)})
    assert (again.status, again.last_payment_error) == ("succeeded", None)
    done = client.v1.payment_intents.cancel(canceled, {"cancellation_reason": "abandoned"})
    assert (done.status, done.cancellation_reason) == ("canceled", "abandoned")
    for change in (client.v1.payment_intents.confirm, client.v1.payment_intents.cancel):
        for ended in (paid, canceled):
            with pytest.raises(stripe.InvalidRequestError) as refusal:
                change(ended)
            assert refusal.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"currency": "xxx"}, None, "currency"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
        ({"payment_method": "pm_none"}, "resource_missing", "payment_method"),
        ({"payment_method": None}, "parameter_missing", "payment_method"),
        ({"confirm": False}, None, "off_session"),
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
    ],
)
def test_a_charge_that_stripe_would_refuse_makes_no_payment_intent(
    client: stripe.StripeClient, ada: str, changes: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        charge(client, ada, saved(client, ada), **changes)

    assert (refusal.value.code, refusal.value.param) == (code, param)
    assert client.v1.payment_intents.list().data == []


def test_another_customers_card_is_not_charged(client: stripe.StripeClient, ada: str) -> None:
    ben = client.v1.customers.create({"name": "Ben"}).id

    with pytest.raises(stripe.InvalidRequestError, match="another Customer"):
        charge(client, ada, saved(client, ben))


# -- the page saves what it charges ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "cards"), [(PAYS, 1), (ASKS, 1), (IS_DECLINED, 0), (DIES, 0)])
def test_a_page_saves_the_card_that_paid_if_it_was_asked_to(
    client: stripe.StripeClient, ada: str, number: str, cards: int
) -> None:
    price = {"currency": "usd", "unit_amount": 999, "product_data": {"name": "Popular"}}
    parameters: Any = {
        "mode": "payment",
        "customer": ada,
        "line_items": [{"price_data": price, "quantity": 1}],
        "success_url": "http://127.0.0.1/done",
    }
    kept: Any = {**parameters, "payment_intent_data": {"setup_future_usage": "off_session"}}

    forgetting = client.v1.checkout.sessions.create(parameters)
    keeping = client.v1.checkout.sessions.create(kept)
    answers = [complete(session, number).status_code for session in (forgetting, keeping)]

    assert answers == [303 if cards else 402] * 2
    assert len(client.v1.customers.payment_methods.list(ada).data) == cards


def test_saved_cards_have_the_fields_that_the_official_library_promises(client: stripe.StripeClient, ada: str) -> None:
    method = client.v1.payment_methods.retrieve(saved(client, ada))
    intent = client.v1.setup_intents.create({"customer": ada})

    assert method.card is not None
    for made, promised in (
        (method, ("billing_details", "created", "id", "livemode", "object", "type")),
        (method.card, ("brand", "exp_month", "exp_year", "last4")),
        (intent, ("created", "id", "livemode", "object", "payment_method_types", "status", "usage")),
    ):
        assert [name for name in promised if getattr(made, name, None) is None] == []
