"""Customers of the local Stripe. Every function is called with the store's lock held."""

import re
from typing import cast

from stripe.params import CustomerCreateParams, CustomerDeleteParams, CustomerSearchParams, CustomerUpdateParams

from local.stripe import objects
from local.stripe.errors import StripeRefusal
from local.stripe.objects import JsonObject
from local.stripe.params import check_email
from local.stripe.payment_methods import find_of_customer
from local.stripe.store import PAGE_SIZE, Store

_TERM = re.compile(
    r"(?P<field>email|metadata)(?:\[(?P<quote>['\"])(?P<key>\w+)(?P=quote)\])?:"
    r"(?P<mark>['\"])(?P<value>(?:\\.|(?!(?P=mark))[^\\])*)(?P=mark)\s*(?:AND\s+(?=\S)|$)",
    re.DOTALL,
)


def create_customer(store: Store, params: CustomerCreateParams) -> JsonObject:
    """A new customer. Like Stripe, it does not mind a second one with the same address."""
    check_email(params.get("email"), "email")
    customer = store.put(objects.customer(store.now(), **params))
    store.emit("customer.created", customer)
    return customer


def update_customer(store: Store, params: CustomerUpdateParams, customer_id: str) -> JsonObject:
    """The customer with what was given; metadata is added to, key by key.

    Raises:
        StripeRefusal: the default payment method is not the customer's, or what is no e-mail address.
    """
    customer = store.find("customer", customer_id)
    check_email(params.get("email"), "email")
    added = cast(dict[str, str], params.get("metadata", {}))
    settings = cast(JsonObject, params.get("invoice_settings", {}))
    if "default_payment_method" in settings:
        param = "invoice_settings[default_payment_method]"
        find_of_customer(store, settings["default_payment_method"], customer_id, param)
    customer.update(
        params,
        metadata=customer["metadata"] | added,
        invoice_settings=customer["invoice_settings"] | settings,
    )
    store.emit("customer.updated", customer)
    return customer


def delete_customer(store: Store, _params: CustomerDeleteParams, customer_id: str) -> JsonObject:
    """Returns what is left of a deleted customer. Stripe still answers that there was one; here it is unknown."""
    store.emit("customer.deleted", store.remove("customer", customer_id))
    return {"id": customer_id, "object": "customer", "deleted": True}


def search_customers(store: Store, params: CustomerSearchParams) -> JsonObject:
    """The customers that a query finds, the newest first: equalities of metadata and e-mail, joined by AND.

    Stripe's search sees a change after a minute; this one sees it immediately.
    """
    wanted = parsed(params["query"])
    found = [customer for customer in store.newest_first("customer") if all(_has(customer, term) for term in wanted)]
    limit = params.get("limit", PAGE_SIZE)
    return {
        "object": "search_result",
        "data": found[:limit],
        "has_more": len(found) > limit,
        "next_page": None,
        "url": "/v1/customers/search",
    }


def parsed(query: str) -> list[tuple[str, str, str]]:
    """Field, metadata's key or nothing, and value of each term: https://docs.stripe.com/search#search-query-language

    Raises:
        StripeRefusal: something else than equalities joined by AND.
    """
    terms, rest = [], query.strip()
    while rest:
        match = _TERM.match(rest)
        if match is None:
            raise StripeRefusal("The local Stripe searches by email:'…' and metadata['…']:'…', joined by AND.")
        terms.append((match["field"], match["key"] or "", re.sub(r"\\(.)", r"\1", match["value"])))
        rest = rest[match.end() :]
    return terms


def _has(customer: JsonObject, term: tuple[str, str, str]) -> bool:
    field, key, value = term
    held = customer["metadata"].get(key) if field == "metadata" else customer[field]
    return bool(held == value)
