"""Currencies and amounts: what Stripe charges at least and at most. Amounts are minor units."""

from local.stripe.errors import StripeRefusal
from local.stripe.objects import JsonObject

MINIMUM_CHARGE = {
    "aud": 50,
    "cad": 50,
    "chf": 50,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "jpy": 50,
    "nok": 300,
    "sek": 300,
    "usd": 50,
}
"""Minor units, by currency: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts"""

MAXIMUM_CHARGE = 99_999_999  # minor units: eight digits

_SYMBOLS = {"eur": "€", "gbp": "£", "usd": "$"}
_WITHOUT_MINOR_UNITS = frozenset({"jpy"})


def money(amount: int, currency: str) -> str:
    """Returns ``amount`` minor units as text: $4.99, or 500 JPY."""
    if amount < 0:
        return f"-{money(-amount, currency)}"
    number = f"{amount:,}" if currency in _WITHOUT_MINOR_UNITS else f"{amount // 100:,}.{amount % 100:02}"
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{number}" if symbol else f"{number} {currency.upper()}"


def every(price: JsonObject) -> str:
    """How often a recurring price is charged, as text: every month, or every 3 months."""
    interval, count = price["recurring"]["interval"], price["recurring"]["interval_count"]
    return f"every {interval}" if count == 1 else f"every {count} {interval}s"


def check_currency(currency: str, param: str) -> str:
    """``currency`` in lower case.

    Raises:
        StripeRefusal: the local Stripe does not know it.
    """
    if currency.lower() not in MINIMUM_CHARGE:
        raise StripeRefusal(f"Invalid currency: {currency}.", param=param)
    return currency.lower()


def check_unit_amount(unit_amount: int, param: str) -> None:
    """Refuses an amount of minor units that no price can have."""
    if unit_amount < 0:
        raise StripeRefusal("Invalid non-negative integer", code="parameter_invalid_integer", param=param)
    if unit_amount > MAXIMUM_CHARGE:
        raise StripeRefusal(f"Amount must be no more than {MAXIMUM_CHARGE}.", code="amount_too_large", param=param)


def check_total(amount: int, currency: str) -> None:
    """Refuses the total of a Checkout Session that is outside Stripe's bounds. A total of 0 is within them."""
    minimum = MINIMUM_CHARGE[currency]
    if 0 < amount < minimum:
        raise StripeRefusal(
            f"The Checkout Session's total amount due must add up to at least {money(minimum, currency)}.",
            code="amount_too_small",
        )
    if amount > MAXIMUM_CHARGE:
        raise StripeRefusal("The Checkout Session's total amount due is too large.", code="amount_too_large")
