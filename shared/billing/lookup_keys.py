"""How what is sold is called at Stripe, also where no library is installed: a deployment makes prices too."""


def lookup_key(economy: str, item: str, amount: int, currency: str, interval: str | None, tokens: int) -> str:
    """The lookup key of a price, which says all that it costs and brings: another amount is another price.

    ``item`` is a package or a plan. ``interval`` is None where it is paid once. No part of a key has an underscore, so
    a key says one thing only.
    """
    every = (interval,) if interval else ()
    return "_".join(("guilder", economy, item, str(amount), currency, *every, str(tokens)))


def product_id(economy: str, item: str) -> str:
    """The id of the product that all prices of a package or plan belong to."""
    return f"guilder-{economy}-{item}"
