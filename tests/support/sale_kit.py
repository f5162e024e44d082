"""Sales for tests: what a buyer paid at the local Stripe, what goes back of it, and what must add up then."""

import uuid
from dataclasses import dataclass
from typing import Any

from shared.cloud.clients import store
from shared.ledger.funds import Funds
from shared.ledger.generation import Spend
from shared.money import payments
from tests.support import ledger_kit
from tests.support.cloud_kit import Cloud, Event, checkout, deliver, document, documents, lines, open_account
from tests.support.people import Person

PAID, TOKENS, BONUS = 999, 110, 10

Line = tuple[str, int]
WELCOME: list[Line] = [("signup_bonus", BONUS), ("purchase", TOKENS)]


def hint(payment_intent: str, kind: str = "charge.refunded") -> Event:
    """A new event that says where to look. What its object says is of no account."""
    obj = {"object": kind.split(".")[0], "id": f"x_{uuid.uuid4().hex}", "payment_intent": payment_intent}
    return {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "type": kind,
        "livemode": False,
        "data": {"object": obj},
    }


@dataclass
class Sale:
    """A popular package that somebody paid."""

    cloud: Cloud
    buyer: Person
    session_id: str
    payment: str

    def refund(self, amount: int, **form: object) -> Any:
        return self.cloud.control_stripe("refunds", payment_intent=self.payment, amount=amount, **form)

    def dispute(self, amount: int = PAID, **form: object) -> str:
        made = self.cloud.control_stripe("disputes", payment_intent=self.payment, amount=amount, **form)
        dispute_id: str = made["id"]
        return dispute_id

    def ends(self, dispute_id: str, status: str) -> None:
        self.cloud.control_stripe(f"disputes/{dispute_id}", status=status)

    def hear(self, kind: str = "charge.refunded") -> int:
        """The status that the webhook answers to an event of this payment."""
        return deliver(hint(self.payment, kind)).status

    @property
    def order(self) -> dict[str, Any]:
        fields = document(f"orders/{self.session_id}")
        assert fields is not None
        return fields

    @property
    def moved(self) -> list[Line]:
        """The lines behind the bonus and the purchase."""
        return [line for line in lines(self.buyer) if line not in WELCOME]

    @property
    def money(self) -> tuple[int, int]:
        """Balance and debt."""
        now = wallet(self.buyer)
        return now["tokenBalance"], now["debt"]

    def spend(self, tokens: int) -> None:
        """Spends without Stripe and without a picture."""
        name = uuid.uuid4().hex
        payments.pay(Spend(name, self.buyer.user_id, "image", 1, tokens, "phoenix@1", name))


def wallet(person: Person) -> dict[str, Any]:
    fields = document(f"users/{person.user_id}")
    assert fields is not None
    return fields


def unheard(cloud: Cloud, buyer: Person | None = None) -> Sale:
    """A sale that is paid at Stripe and of which no event came."""
    buyer = buyer or open_account()
    session = checkout(buyer, "popular")
    assert cloud.pay(session["url"]) == 303
    payment = cloud.stripe_get(f"checkout/sessions/{session['sessionId']}")["payment_intent"]
    return Sale(cloud, buyer, session["sessionId"], payment)


def sold(cloud: Cloud, buyer: Person | None = None) -> Sale:
    sale = unheard(cloud, buyer)
    assert deliver(cloud.event("completed", sale.session_id)).status == 200
    return sale


def assert_debts_add_up(*sales: Sale) -> None:
    """Each order's due follows from its money, and is what its lines took and it owes; so does the wallet's debt."""
    every = ledger_kit.lines()
    for sale in sales:
        order = sale.order
        due = TOKENS if order.get("reversed", 0) >= PAID else TOKENS * order.get("reversed", 0) // PAID
        taken = Funds(**order.get("taken", {}))
        of_it = [Funds(**line["funds"]) for line in every.values() if line["details"].get("orderId") == sale.session_id]
        assert order.get("due", 0) == due == taken.total + order.get("owed", 0)
        assert -sum(of_it, Funds()) == taken
    owed: dict[str, int] = {}
    for fields in documents("orders").values():
        owed[fields["userId"]] = owed.get(fields["userId"], 0) + fields.get("owed", 0)
    for user_id, fields in documents("users").items():
        assert fields["debt"] == owed.get(user_id, 0)
    ledger_kit.assert_books_balance(store().project)
