"""Customers and refunds of the local Stripe. Every function is called with the store's lock held."""

import re
from typing import cast

from stripe.params import (
    CustomerCreateParams,
    CustomerDeleteParams,
    CustomerSearchParams,
    CustomerUpdateParams,
    RefundCreateParams,
)

from local.stripe import objects
from local.stripe.amounts import money
from local.stripe.errors import StripeRefusal
from local.stripe.objects import JsonObject
from local.stripe.params import check_email
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
    """The customer with what was given; metadata is added to, key by key."""
    customer = store.find("customer", customer_id)
    check_email(params.get("email"), "email")
    added = cast(dict[str, str], params.get("metadata", {}))
    customer.update(params, metadata=customer["metadata"] | added)
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


def create_refund(store: Store, params: RefundCreateParams) -> JsonObject:
    """A refund of a charge, or of what is left of it when no amount is given.

    Raises:
        StripeRefusal: nothing was paid, everything was refunded, or less is left than ``amount``.
    """
    charge = _charge_to_refund(store, params)
    left = charge["amount"] - charge["amount_refunded"]
    if not left:
        raise StripeRefusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount < 1:
        raise StripeRefusal("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        asked, rest = (money(value, charge["currency"]) for value in (amount, left))
        raise StripeRefusal(
            f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})", param="amount"
        )

    given = {name: params[name] for name in ("metadata", "reason") if name in params}
    refund = store.put(objects.refund(store.now(), of_charge=charge, amount=amount, **given))
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    store.emit("refund.created", refund)
    store.emit("charge.refunded", charge)
    return refund


def _charge_to_refund(store: Store, params: RefundCreateParams) -> JsonObject:
    if ("charge" in params) == ("payment_intent" in params):
        raise StripeRefusal("Exactly one of these params should be provided: payment_intent or charge.")
    if "charge" in params:
        charge = store.find("charge", params["charge"], "charge")
    else:
        intent = store.find("payment_intent", params["payment_intent"], "payment_intent")
        if intent["status"] != "succeeded":
            raise StripeRefusal(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        charge = store.find("charge", intent["latest_charge"])
    if charge["status"] != "succeeded":
        raise StripeRefusal(f"Charge {charge['id']} was not paid: its status is {charge['status']}.", param="charge")
    return charge
