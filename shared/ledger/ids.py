"""The ids of ledger entries. The business event determines the id, so that one event can be written once only."""

INVOICE = "in_"
"""How the ids of Stripe's invoices begin, each of which is an order."""

RELOAD = "reload_"
"""How the id of a reload begins, which is its order's as well."""


def signup(user_id: str) -> str:
    """The sign-up bonus of one account."""
    return f"signup_{user_id}"


def purchase(session_id: str) -> str:
    """The credit of one paid Checkout session."""
    return f"purchase_{session_id}"


def auto_reload(reload_id: str) -> str:
    """The credit of one reload."""
    return f"auto_reload_{reload_id}"


def credit_of(order_id: str) -> str:
    """The credit of an order. The order's id says of which kind it is."""
    if order_id.startswith(INVOICE):
        return subscription_grant(order_id)
    return auto_reload(order_id) if order_id.startswith(RELOAD) else purchase(order_id)


def clawback(order_id: str, step: int) -> str:
    """What was taken back of one order; the step counts both kinds of lines."""
    return f"clawback_{order_id}_{step}"


def reinstatement(order_id: str, step: int) -> str:
    """What was given back of what was taken of one order."""
    return f"reinstatement_{order_id}_{step}"


def generation_spend(generation_id: str) -> str:
    """The charge of one generation."""
    return f"generation_{generation_id}_spend"


def generation_refund(generation_id: str) -> str:
    """What one generation gave back."""
    return f"generation_{generation_id}_refund"


def tip_sent(key: str) -> str:
    """The sender's side of a tip; ``key`` is ``tip_<Idempotency-Key>_<uid>``."""
    return f"{key}_sent"


def tip_received(key: str) -> str:
    """The recipient's side of the same tip."""
    return f"{key}_received"


def admin(action_id: str) -> str:
    """What an administrator gave or took by one action."""
    return f"admin_{action_id}"


def expiry(user_id: str, fund: str, day: int) -> str:
    """What of a fund of one wallet ended at the first moment of the day."""
    return f"expiry_{user_id}_{fund}_{day}"


def postponement(user_id: str, fund: str, day: int) -> str:
    """What of it did not end then, because the wallet was frozen."""
    return f"{expiry(user_id, fund, day)}_postponed"


def subscription_grant(invoice_id: str) -> str:
    """The credit of one paid invoice of a subscription."""
    return f"subscription_grant_{invoice_id}"
