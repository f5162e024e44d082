"""The portal of a user, with the plans of today to switch between."""

from shared.billing import customers, lookup_keys, stripe_client, stripe_portal, stripe_prices
from shared.cloud import documents
from shared.economy.chosen import economy
from shared.errors import NoCustomer
from shared.ledger.wallet import opened
from shared.money import wallets


def open_page(user_id: str) -> str:
    """The URL of the user's page in Stripe's portal.

    Every price that can be switched to has its offer on record before the page opens.

    Raises:
        NoCustomer: the user was never offered anything, or Stripe does not know them any more.
        NoSuchAccount, Unavailable.
    """
    account = documents.get(wallets.reference(user_id))
    opened(account if account.exists else None)
    customer = customers.stored(account.fields)
    if customer.id is None:
        raise NoCustomer("Nothing was bought yet.")
    plans = [plan for plan in economy().plans if plan.kind == "subscription"][: stripe_portal.PRODUCTS]
    products = [lookup_keys.product_id(economy().id, plan.id) for plan in plans]
    prices = stripe_prices.of_subscriptions(plans)
    try:
        return stripe_portal.open_page(customer.id, list(zip(products, prices, strict=True)))
    except stripe_client.CustomerMissing as missing:
        customers.forget(user_id, customers.Known(customer.id, customer))
        raise NoCustomer("Nothing was bought yet.") from missing
    except stripe_client.KeySpent as spent:
        raise spent.problem from spent
