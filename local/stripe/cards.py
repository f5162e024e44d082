"""The test cards of the local Stripe, and what happens to a payment with each."""

from dataclasses import dataclass
from enum import Enum, auto

from local.stripe.errors import StripeRefusal
from local.stripe.objects import JsonObject


class Outcome(Enum):
    """What happens to a payment with a test card."""

    PAID = auto()
    DECLINED = auto()
    PAID_LATER = auto()
    FAILED_LATER = auto()
    REFUND_FAILS_LATER = auto()
    REFUND_SUCCEEDS_LATER = auto()
    DISPUTED = auto()
    INQUIRED = auto()
    DECLINED_ONCE_SAVED = auto()
    ASKS_ITS_OWNER = auto()


PAYS_LATER = (Outcome.PAID_LATER, Outcome.FAILED_LATER)
"""What stands for bank debits. Nothing that recurs is paid so here."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card that the hosted page offers; ``names`` are Stripe's names of it as a payment method."""

    number: str
    label: str
    outcome: Outcome
    names: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """What is the same of every payment method with this number, and of no other."""
        return f"local{self.number[-11:]}"

    def is_called(self, text: str) -> bool:
        """Whether ``text`` is its number, spaces allowed, or one of its names."""
        compact = text.replace(" ", "")
        return compact == self.number or compact in self.names


TEST_CARDS = (
    Card("4242424242424242", "pays at once", Outcome.PAID, ("pm_card_visa",)),
    Card(
        "4000000000000002",
        "is declined",
        Outcome.DECLINED,
        ("pm_card_chargeDeclined", "pm_card_visa_chargeDeclined"),
    ),
    # Real cards settle immediately. These two stand for bank debits, and Stripe has no such numbers.
    Card("4000009999990001", "pays a few seconds later", Outcome.PAID_LATER, ("pm_local_delayed",)),
    Card("4000009999990002", "fails a few seconds later", Outcome.FAILED_LATER, ("pm_local_delayedFailure",)),
    Card("4000000000005126", "pays; a refund fails later", Outcome.REFUND_FAILS_LATER, ("pm_card_refundFail",)),
    Card(
        "4000000000007726",
        "pays; a refund succeeds later",
        Outcome.REFUND_SUCCEEDS_LATER,
        ("pm_card_pendingRefund",),
    ),
    Card("4000000000000259", "pays, then disputes it", Outcome.DISPUTED, ("pm_card_createDispute",)),
    Card("4000000000001976", "pays, then inquires", Outcome.INQUIRED, ("pm_card_createDisputeInquiry",)),
    Card(
        "4000000000000341",
        "can be saved; every payment is declined",
        Outcome.DECLINED_ONCE_SAVED,
        ("pm_card_chargeCustomerFail",),
    ),
    Card(
        "4000002760003184",
        "pays here; asks its owner when nobody is there",
        Outcome.ASKS_ITS_OWNER,
        ("pm_card_authenticationRequired",),
    ),
)


def find_card(text: str) -> Card:
    """The test card that is called ``text``.

    Raises:
        StripeRefusal: 402, there is no such card.
    """
    for card in TEST_CARDS:
        if card.is_called(text):
            return card
    raise StripeRefusal("Your card number is incorrect.", code="incorrect_number", status=402, error_type="card_error")


def card_of(payment_method: JsonObject) -> Card:
    """The test card that the payment method is."""
    fingerprint = payment_method["card"]["fingerprint"]
    return next(card for card in TEST_CARDS if card.fingerprint == fingerprint)


def outcome_of(charge: JsonObject) -> Outcome:
    """What happens to a payment with the card that was charged, by its last four digits; these are unique of those
    cards that pay at once.
    """
    last4 = charge["payment_method_details"]["card"]["last4"]
    return next(card.outcome for card in TEST_CARDS if card.number.endswith(last4))
