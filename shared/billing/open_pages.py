"""Open Checkout pages for plans: once one of them was paid, the user's others are closed, lest they pay twice."""

from shared.billing import stripe_sessions
from shared.billing.orders import Order
from shared.cloud.queries import Query, fetch

LOOKED_AT = 50

CLOSED = 2
"""At once: each is a call of Stripe, and an event may make few. What stays open ends by itself within a day."""


def close_others(order: Order) -> None:
    """Ends the pages on which the user could begin a second subscription, where the order is of one that was paid.

    One that is being paid just now stays; then there are two subscriptions, which the user is told of.

    Raises:
        Unavailable: Stripe did not answer.
    """
    if not order.is_subscription or order.status != "paid":
        return
    plans = Query("orders").where("userId", "==", order.user_id).where("kind", "==", "plan")
    pages = fetch(plans.where("status", "==", "open").limit(LOOKED_AT))
    for page in [page for page in pages if "interval" in page.fields][:CLOSED]:
        stripe_sessions.expire_session(page.id)
