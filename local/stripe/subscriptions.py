"""Subscriptions: made, switched, renewed and ended. ``standing`` says how they stand, ``invoices`` what they cost.

What happens to one, with the events that Stripe sends (https://docs.stripe.com/billing/subscriptions/overview):
    made       customer.subscription.created, incomplete; then its first invoice, and what ``standing`` says of it
    changed    customer.subscription.updated; with ``always_invoice`` an invoice of the difference first
    renewed    customer.subscription.updated: its period moves on; an invoice, drafted now and charged in an hour
    ended      customer.subscription.deleted
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from stripe.params import (
    SubscriptionCancelParams,
    SubscriptionCreateParams,
    SubscriptionListParams,
    SubscriptionUpdateParams,
)

from local.stripe import billing_objects, coupons, invoice_items, payment_methods, prorations, standing
from local.stripe.agenda import RUNNING, Agenda, period_end
from local.stripe.errors import AuthenticationRequired, CardDeclined, StripeRefusal
from local.stripe.filters import matches
from local.stripe.invoices import Invoices, no_card
from local.stripe.objects import JsonObject
from local.stripe.params import missing
from local.stripe.periods import DAY_SECONDS, end_after
from local.stripe.store import Store

ITEMS_MAX = 20  # https://docs.stripe.com/billing/subscriptions/multiple-products
TRIAL_DAYS_MAX = 730

_CHANGED_AS_GIVEN = ("default_payment_method", "description")


@dataclass(frozen=True, slots=True)
class Sold:
    """What a new subscription sells: a recurring price, how many times, and the metadata of the item."""

    price: JsonObject
    quantity: int
    metadata: dict[str, str]


class Subscriptions:
    """The subscriptions of an account. Every method is called with the store's lock held."""

    def __init__(self, store: Store, agenda: Agenda, invoices: Invoices) -> None:
        self._store = store
        self._agenda = agenda
        self._invoices = invoices

    def create(self, params: SubscriptionCreateParams) -> JsonObject:
        """A new subscription, whose first invoice is charged at once.

        Raises:
            StripeRefusal: parameters that are missing or contradict each other, or no card to charge.
            CardDeclined, AuthenticationRequired: the first payment failed, and ``payment_behavior`` asks for an error.
        """
        if "customer" not in params:
            raise missing("customer")
        customer = self._store.find("customer", params["customer"], "customer")
        sold = self._sold(params.get("items", []))
        given: JsonObject = {name: params[name] for name in ("description", "metadata") if name in params}
        if "default_payment_method" in params:
            method_id = params["default_payment_method"]
            payment_methods.find_of_customer(self._store, method_id, customer["id"], "default_payment_method")
            given["default_payment_method"] = method_id
        ids = coupons.coupon_ids(
            self._store, cast(Sequence[Mapping[str, Any]], params.get("discounts", [])), "discounts"
        )
        behavior = params.get("payment_behavior", "allow_incomplete")
        trial_end = self.trial_end(params.get("trial_period_days"), params.get("trial_end"))
        has_card = "default_payment_method" in given or customer["invoice_settings"]["default_payment_method"]
        is_free = trial_end is not None or not sum(each.price["unit_amount"] for each in sold)
        if behavior != "default_incomplete" and not is_free and not has_card:
            raise no_card()
        subscription = self.begin(
            customer,
            sold,
            coupon_ids=ids,
            trial_end=trial_end,
            automatic_tax=bool(params.get("automatic_tax", {}).get("enabled")),
            **given,
        )
        if params.get("cancel_at_period_end"):
            self._cancel_later(subscription)
        invoice = self._store.find("invoice", subscription["latest_invoice"])
        if invoice["status"] == "open" and behavior != "default_incomplete":
            self._pay_first(subscription, invoice, is_strict=behavior == "error_if_incomplete", params=params)
        return subscription

    def begin(
        self,
        customer: JsonObject,
        sold: Sequence[Sold],
        *,
        coupon_ids: Sequence[str] = (),
        trial_end: int | None = None,
        automatic_tax: bool = False,
        **given: Any,
    ) -> JsonObject:
        """A new subscription with its first invoice, which is open unless nothing is due."""
        now = self._store.now()
        anchor = now if trial_end is None else trial_end
        subscription = billing_objects.subscription(
            now,
            customer_id=customer["id"],
            currency=sold[0].price["currency"],
            billing_cycle_anchor=anchor,
            trial_start=None if trial_end is None else now,
            trial_end=trial_end,
            **given,
        )
        subscription["automatic_tax"]["enabled"] = automatic_tax
        end = trial_end or end_after(now, anchor=anchor, **_interval(sold[0].price))
        items = [
            billing_objects.subscription_item(
                now,
                subscription_id=subscription["id"],
                price=each.price,
                quantity=each.quantity,
                period=(now, end),
                metadata=each.metadata,
            )
            for each in sold
        ]
        subscription["items"] = billing_objects.items(subscription["id"], items)
        discounts = coupons.redeem(self._store, coupon_ids, customer=customer["id"], subscription=subscription["id"])
        subscription["discounts"] = [discount["id"] for discount in discounts]
        self._store.put(subscription)
        self._agenda.announce("customer.subscription.created", subscription)
        lines = [prorations.period_line(self._store, item, is_trial=trial_end is not None) for item in items]
        invoice = self._invoice(subscription, lines, "subscription_create", period=(now, now))
        self._invoices.open(invoice)
        return subscription

    def update(self, params: SubscriptionUpdateParams, subscription_id: str) -> JsonObject:
        """The subscription with what was given.

        Raises:
            StripeRefusal: it has ended, or parameters that are outside Stripe's bounds.
        """
        subscription = self._store.find("subscription", subscription_id)
        if subscription["status"] in standing.ENDED:
            raise StripeRefusal("A canceled subscription can only update its cancellation_details and metadata.")
        if "default_payment_method" in params:
            payment_methods.find_of_customer(
                self._store, params["default_payment_method"], subscription["customer"], "default_payment_method"
            )
        subscription.update({name: value for name, value in params.items() if name in _CHANGED_AS_GIVEN})
        subscription["metadata"] |= cast(dict[str, str], params.get("metadata", {}))
        if "cancel_at_period_end" in params:
            if params["cancel_at_period_end"]:
                self._cancel_later(subscription)
            else:
                self.keep(subscription)
        if params.get("trial_end") == "now" and subscription["status"] == "trialing":
            self._end_trial(subscription)
        if "items" in params:
            self.switch(
                subscription,
                self._changed(subscription, cast(list[JsonObject], params["items"])),
                behavior=params.get("proration_behavior", "create_prorations"),
                at=params.get("proration_date", self._store.now()),
            )
        self._agenda.announce("customer.subscription.updated", subscription)
        return subscription

    def cancel(self, params: SubscriptionCancelParams, subscription_id: str) -> JsonObject:
        """The subscription, ended now.

        Raises:
            NoSuchObject: there is none, or it has ended already.
        """
        subscription = self._store.find("subscription", subscription_id)
        if subscription["status"] in standing.ENDED:
            raise StripeRefusal(
                f"No such subscription: '{subscription_id}'", code="resource_missing", param="id", status=404
            )
        if params.get("prorate") or params.get("invoice_now"):
            at = self._store.now()
            if params.get("prorate"):
                unused = [prorations.credit(self._store, item, at) for item in subscription["items"]["data"]]
                self._put_aside(subscription, unused)
            if params.get("invoice_now"):
                self._invoices.open(self._invoice(subscription, [], "subscription_update"))
        standing.end(self._store, self._agenda, subscription, "cancellation_requested")
        return subscription

    def list_all(self, params: SubscriptionListParams) -> JsonObject:
        """The subscriptions that pass the filters, the newest first; without a status, those that have not ended."""
        status = params.get("status")
        filters = {name: value for name, value in params.items() if name not in ("status", "price")}

        def wanted(subscription: JsonObject) -> bool:
            held = subscription["status"]
            by_status = {None: held not in standing.ENDED, "all": True, "ended": held in standing.ENDED}
            prices = [item["price"]["id"] for item in subscription["items"]["data"]]
            return (
                by_status.get(status, held == status)
                and matches(subscription, filters)
                and ("price" not in params or params["price"] in prices)
            )

        found = [each for each in self._store.newest_first("subscription") if wanted(each)]
        return self._store.page(found, params, "/v1/subscriptions")

    def switch(
        self, subscription: JsonObject, changed: Sequence[tuple[JsonObject, Sold]], *, behavior: str, at: int
    ) -> None:
        """Gives items other prices or quantities now, and charges the difference as ``behavior`` says.

        Another interval begins a new period now, and that is charged whole and at once.
        """
        self.unschedule(subscription)
        lines = []
        is_due_now = behavior == "always_invoice"
        for item, to in changed:
            resets = _interval(to.price) != _interval(item["price"])
            is_billed = subscription["status"] not in ("trialing", "incomplete") and behavior != "none"
            if is_billed:
                lines.append(prorations.credit(self._store, item, at))
            item.update(price=to.price, plan=billing_objects.plan(to.price), quantity=to.quantity)
            if resets and subscription["status"] in RUNNING:
                is_due_now = True
                subscription["billing_cycle_anchor"] = at
                _move(item, at, end_after(at, anchor=at, **_interval(to.price)))
                lines.append(prorations.period_line(self._store, item))
            elif is_billed:
                lines.append(prorations.debit(self._store, subscription, item, at))
        if is_due_now and lines:
            invoice = self._invoice(subscription, lines, "subscription_update")
            self._invoices.open(invoice)
            if invoice["status"] == "open":
                self._invoices.collect(invoice)
        elif lines:
            self._put_aside(subscription, lines)

    def schedule(self, subscription: JsonObject, to: Sold) -> None:
        """Has the subscription's one item change when its period ends."""
        self.unschedule(subscription)
        [item] = subscription["items"]["data"]
        now, end = self._store.now(), item["current_period_end"]
        later = end_after(end, anchor=end, **_interval(to.price))
        currency = subscription["currency"]
        phases = [
            billing_objects.phase(now, end, currency=currency, price_id=item["price"]["id"], quantity=item["quantity"]),
            billing_objects.phase(end, later, currency=currency, price_id=to.price["id"], quantity=to.quantity),
        ]
        schedule = self._store.put(billing_objects.schedule(now, subscription=subscription, phases=phases))
        subscription["schedule"] = schedule["id"]
        self._store.emit("subscription_schedule.created", schedule)
        self._agenda.announce("customer.subscription.updated", subscription)

    def unschedule(self, subscription: JsonObject) -> None:
        """Forgets what was to change at the end of the period."""
        standing.release(self._store, subscription)

    def cancel_when_period_ends(self, subscription: JsonObject) -> None:
        """What the portal does: in flexible billing mode it says when, and ``cancel_at_period_end`` stays false.

        https://docs.stripe.com/billing/subscriptions/billing-mode/compare
        """
        subscription.update(cancel_at=period_end(subscription), canceled_at=self._store.now())
        subscription["cancellation_details"]["reason"] = "cancellation_requested"
        self._agenda.announce("customer.subscription.updated", subscription)

    def end_those_of(self, customer_id: str) -> None:
        """Ends what a customer has who is about to be deleted; nothing of theirs is charged any more."""
        for subscription in self._store.newest_first("subscription"):
            if subscription["customer"] == customer_id and subscription["status"] not in standing.ENDED:
                standing.end(self._store, self._agenda, subscription, "cancellation_requested")
        self._invoices.stop_those_of(customer_id)

    def keep(self, subscription: JsonObject) -> None:
        """Takes back a cancellation that has not come yet."""
        subscription.update(cancel_at=None, cancel_at_period_end=False, canceled_at=None)
        subscription["cancellation_details"]["reason"] = None

    def when_due(self, subscription: JsonObject) -> None:
        """What happens to a subscription by itself: its period ends, or it was never paid."""
        now = self._store.now()
        if subscription["status"] == "incomplete":
            for invoice in standing.expire(self._store, self._agenda, subscription):
                self._invoices.give_up(invoice, "void")
        elif subscription["cancel_at"] is not None and subscription["cancel_at"] <= now:
            standing.end(self._store, self._agenda, subscription, "cancellation_requested")
        else:
            self._renew(subscription)

    def trial_end(self, days: int | None, moment: int | str | None) -> int | None:
        """When a trial ends that is asked for by days or by moment.

        Raises:
            StripeRefusal: both, or one that is over or too long.
        """
        now = self._store.now()
        if days is None and moment in (None, "now"):
            return None
        if days is not None and moment is not None:
            raise StripeRefusal("You can only pass one of trial_end and trial_period_days.", param="trial_end")
        end = now + days * DAY_SECONDS if days is not None else int(cast(int, moment))
        if not 0 <= end - now <= TRIAL_DAYS_MAX * DAY_SECONDS:
            raise StripeRefusal(f"A trial lasts at most {TRIAL_DAYS_MAX} days.", param="trial_end")
        return end if end > now else None

    def sold(self, price_id: str, quantity: int, param: str, metadata: dict[str, str] | None = None) -> Sold:
        """A price as it is sold in a subscription.

        Raises:
            StripeRefusal: there is no such price, or it is inactive or not recurring.
        """
        price = self._store.find("price", price_id, param)
        if not price["active"]:
            raise StripeRefusal("The price specified is inactive.", code="price_inactive", param=param)
        if price["type"] != "recurring":
            raise StripeRefusal(
                "The price specified is set to `type=one_time` but this field only accepts prices with "
                "`type=recurring`.",
                param=param,
            )
        if quantity < 1:
            raise StripeRefusal("Invalid positive integer", code="parameter_invalid_integer", param="quantity")
        return Sold(price, quantity, metadata or {})

    def _sold(self, wanted: Sequence[Any]) -> list[Sold]:
        if not 1 <= len(wanted) <= ITEMS_MAX:
            raise StripeRefusal(f"A subscription has 1 to {ITEMS_MAX} items.", param="items")
        sold = []
        for position, item in enumerate(wanted):
            if "price" not in item:
                raise missing(f"items[{position}][price]")
            param = f"items[{position}][price]"
            sold.append(self.sold(item["price"], item.get("quantity", 1), param, item.get("metadata")))
        check_alike([each.price for each in sold], "items")
        return sold

    def _changed(self, subscription: JsonObject, wanted: Sequence[JsonObject]) -> list[tuple[JsonObject, Sold]]:
        held = {item["id"]: item for item in subscription["items"]["data"]}
        changed = []
        for position, change in enumerate(wanted):
            param = f"items[{position}]"
            if change.get("id") not in held:
                raise StripeRefusal("The local Stripe changes items; it adds and removes none.", param=f"{param}[id]")
            item = held[change["id"]]
            price_id = change.get("price", item["price"]["id"])
            to = self.sold(price_id, change.get("quantity", item["quantity"]), f"{param}[price]")
            check_alike([to.price, {**to.price, "currency": subscription["currency"]}], f"{param}[price]")
            changed.append((item, to))
        return changed

    def _invoice(
        self,
        subscription: JsonObject,
        lines: Sequence[JsonObject],
        reason: str,
        *,
        period: tuple[int, int] | None = None,
        auto_advance: bool = True,
    ) -> JsonObject:
        """A draft of the subscription, its latest invoice from now on, with the invoice items that wait for one."""
        customer = self._store.find("customer", subscription["customer"])
        items = [
            item
            for item in invoice_items.waiting(self._store, customer["id"], subscription["id"])
            if item["currency"] == subscription["currency"]
        ]
        discounts = [self._store.find("discount", each) for each in subscription["discounts"]]
        live = [discount for discount in discounts if not coupons.is_over(discount, self._store.now())]
        invoice = self._invoices.draft(
            customer,
            subscription["currency"],
            [*map(billing_objects.line_of_invoice_item, items), *lines],
            items=items,
            about=subscription,
            period=period,
            discounts=live,
            automatic_tax=subscription["automatic_tax"]["enabled"],
            auto_advance=auto_advance,
            billing_reason=reason,
        )
        # A coupon that is used once is used up by the first invoice.
        subscription["discounts"] = [
            discount["id"]
            for discount in live
            if self._store.find("coupon", discount["source"]["coupon"])["duration"] != "once"
        ]
        subscription["latest_invoice"] = invoice["id"]
        return invoice

    def _pay_first(
        self, subscription: JsonObject, invoice: JsonObject, *, is_strict: bool, params: SubscriptionCreateParams
    ) -> None:
        method = self._invoices.method_of(invoice)
        if method is None:
            raise no_card()
        try:
            if params.get("off_session", True):
                self._invoices.pay({}, invoice["id"])
            else:
                self._invoices.pay_now(invoice, method)
        except (CardDeclined, AuthenticationRequired):
            if is_strict:
                for unpaid in standing.expire(self._store, self._agenda, subscription):
                    self._invoices.give_up(unpaid, "void")
                raise

    def _put_aside(self, subscription: JsonObject, lines: Sequence[JsonObject]) -> None:
        """Keeps prorations for the next invoice."""
        for line in lines:
            invoice_items.add(
                self._store,
                customer_id=subscription["customer"],
                amount=line["amount"],
                currency=line["currency"],
                period=(line["period"]["start"], line["period"]["end"]),
                description=line["description"],
                discountable=False,
                parent=invoice_items.of_subscription(
                    subscription["id"], line["parent"]["subscription_item_details"]["subscription_item"]
                ),
                pricing=line["pricing"],
                proration=True,
                quantity=line["quantity"],
            )

    def _renew(self, subscription: JsonObject) -> None:
        """Begins the next period. Its invoice is charged in an hour; until then the subscription stands as it did."""
        scheduled = self._scheduled(subscription)
        for item in subscription["items"]["data"]:
            start = item["current_period_end"]
            if scheduled is not None:
                if _interval(scheduled.price) != _interval(item["price"]):
                    subscription["billing_cycle_anchor"] = start
                price = scheduled.price
                item.update(price=price, plan=billing_objects.plan(price), quantity=scheduled.quantity)
            end = end_after(start, anchor=subscription["billing_cycle_anchor"], **_interval(item["price"]))
            _move(item, start, end)
        start = subscription["items"]["data"][0]["current_period_start"]
        if subscription["status"] == "trialing":
            subscription["status"] = "active"
        lines = [prorations.period_line(self._store, item) for item in subscription["items"]["data"]]
        before = self._store.find("invoice", subscription["latest_invoice"])["period_end"]
        self._invoice(subscription, lines, "subscription_cycle", period=(min(before, start), start))
        self._agenda.announce("customer.subscription.updated", subscription)

    def _end_trial(self, subscription: JsonObject) -> None:
        now = self._store.now()
        subscription.update(trial_end=now, billing_cycle_anchor=now)
        for item in subscription["items"]["data"]:
            item["current_period_end"] = now
        self._renew(subscription)
        invoice = self._invoices.open(self._store.find("invoice", subscription["latest_invoice"]))
        if invoice["status"] == "open":
            self._invoices.collect(invoice)

    def _scheduled(self, subscription: JsonObject) -> Sold | None:
        if subscription["schedule"] is None:
            return None
        schedule = self._store.find("subscription_schedule", subscription["schedule"])
        [item] = schedule["phases"][-1]["items"]
        schedule.update(
            status="released",
            current_phase=None,
            released_at=self._store.now(),
            released_subscription=subscription["id"],
            subscription=None,
        )
        subscription["schedule"] = None
        self._store.emit("subscription_schedule.released", schedule)
        return Sold(self._store.find("price", item["price"]), item["quantity"], {})

    def _cancel_later(self, subscription: JsonObject) -> None:
        subscription.update(
            cancel_at=period_end(subscription), cancel_at_period_end=True, canceled_at=self._store.now()
        )
        subscription["cancellation_details"]["reason"] = "cancellation_requested"


def check_alike(prices: Sequence[JsonObject], param: str) -> None:
    """Refuses prices that cannot be in one subscription of the local Stripe."""
    if len({price["currency"] for price in prices}) > 1:
        raise StripeRefusal("The price specified has a different currency than the subscription.", param=param)
    if len({(price["recurring"]["interval"], price["recurring"]["interval_count"]) for price in prices}) > 1:
        raise StripeRefusal("The local Stripe bills all items of a subscription at one interval.", param=param)


def _interval(price: JsonObject) -> dict[str, Any]:
    return {name: price["recurring"][name] for name in ("interval", "interval_count")}


def _move(item: JsonObject, start: int, end: int) -> None:
    item.update(current_period_start=start, current_period_end=end, billed_until=end)
