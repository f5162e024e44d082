"""What only a local Stripe can do, for tests and for its page: ``/_local``, with forms as Stripe's own API takes them.

    GET  /_local/deliveries                every attempt to deliver a webhook
    POST /_local/deliveries  lose, about?  while true, webhooks are lost for good: all, or those about that object
    POST /_local/endpoint  api_version     from now on events come in that version of the API
    POST /_local/failures  times, done     that many changes fail inside Stripe, done or not; saved by key
    POST /_local/clock  seconds            puts the account's clock forward; what is due on the way happens, in order
    POST /_local/payment_intents/{id}      the bank decides now about a payment that is on its way
    POST /_local/disputes  payment_intent, amount?, currency?, status?
                                           a dispute; its money goes, unless it is an inquiry or prevented
    POST /_local/disputes/{id}  status     what the bank decides, appeals included; the money follows
    POST /_local/refunds  payment_intent, amount, currency?, status?
                                           a refund, also one that Stripe's API would refuse
    POST /_local/refunds/{id}  status      what becomes of a refund

The last five answer the object.
"""

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NotRequired, TypedDict

from local.stripe import disputes, refunds
from local.stripe.account_clock import AccountClock
from local.stripe.disputes import open_dispute
from local.stripe.objects import JsonObject
from local.stripe.operation import Operation, Performer, find_operation
from local.stripe.params import decode, pairs
from local.stripe.payment_intents import PaymentIntents
from local.stripe.refunds import Refunds, charge_of
from local.stripe.store import Store
from local.stripe.webhooks import Webhooks


class NothingParams(TypedDict):
    """The parameters of a request without any."""


class DeliveriesParams(TypedDict):
    lose: bool
    about: NotRequired[str]


class EndpointParams(TypedDict):
    api_version: str


class FailuresParams(TypedDict):
    times: NotRequired[int]
    done: NotRequired[bool]


class ClockParams(TypedDict):
    seconds: int


class DisputeParams(TypedDict):
    payment_intent: str
    amount: NotRequired[int]
    currency: NotRequired[str]
    status: NotRequired[disputes.Status]


class DisputeStatusParams(TypedDict):
    status: disputes.Status


class RefundParams(TypedDict):
    payment_intent: str
    amount: int
    currency: NotRequired[str]
    status: NotRequired[refunds.Status]


class RefundStatusParams(TypedDict):
    status: refunds.Status


class Controls:
    """Answers requests to ``/_local``. ``fail_next`` is the API's."""

    def __init__(
        self,
        store: Store,
        clock: AccountClock,
        intents: PaymentIntents,
        made: Refunds,
        webhooks: Webhooks,
        fail_next: Callable[[int, bool], None],
    ) -> None:
        self._store = store
        self._account_clock = clock
        self._intents = intents
        self._refunds = made
        self._webhooks = webhooks
        self._fail_next = fail_next
        self._operations = [
            _operation("GET", "deliveries", NothingParams, self._deliveries),
            _operation("POST", "deliveries", DeliveriesParams, self._lose),
            _operation("POST", "endpoint", EndpointParams, self._endpoint),
            _operation("POST", "failures", FailuresParams, self._failures),
            _operation("POST", "clock", ClockParams, self._clock),
            _operation("POST", "payment_intents/{id}", NothingParams, self._settle),
            _operation("POST", "disputes", DisputeParams, self._dispute),
            _operation("POST", "disputes/{id}", DisputeStatusParams, self._dispute_status),
            _operation("POST", "refunds", RefundParams, self._refund),
            _operation("POST", "refunds/{id}", RefundStatusParams, self._refund_status),
        ]

    def answer(self, method: str, path: str, form: str) -> JsonObject:
        """The answer to a request; ``form`` is the query string or the body.

        Raises:
            StripeRefusal: there is no such control, or it does not take that.
        """
        operation, ids = find_operation(self._operations, method, path)
        params: Any = decode(operation.params, pairs(form), operation.implemented)
        with self._store.lock:
            return self._store.expanded(operation.perform(params, *ids), ())

    def _deliveries(self, _params: NothingParams) -> JsonObject:
        return {"data": [asdict(delivery) for delivery in self._webhooks.deliveries()]}

    def _lose(self, params: DeliveriesParams) -> JsonObject:
        about = params.get("about")
        if about is None:
            self._webhooks.lose = params["lose"]
        elif params["lose"]:
            self._webhooks.lost.add(about)
        else:
            self._webhooks.lost.discard(about)
        return {}

    def _endpoint(self, params: EndpointParams) -> JsonObject:
        self._store.event_version = params["api_version"]
        return {}

    def _failures(self, params: FailuresParams) -> JsonObject:
        self._fail_next(params.get("times", 1), params.get("done", False))
        return {}

    def _clock(self, params: ClockParams) -> JsonObject:
        self._account_clock.wind(params["seconds"])
        return {"now": self._store.now()}

    def _settle(self, _params: NothingParams, intent_id: str) -> JsonObject:
        return self._intents.settle(intent_id)

    def _dispute(self, params: DisputeParams) -> JsonObject:
        return open_dispute(
            self._store,
            charge_of(self._store, params["payment_intent"]),
            amount=params.get("amount"),
            currency=params.get("currency"),
            status=params.get("status", "needs_response"),
        )

    def _dispute_status(self, params: DisputeStatusParams, dispute_id: str) -> JsonObject:
        return disputes.set_status(self._store, self._store.find("dispute", dispute_id), params["status"])

    def _refund(self, params: RefundParams) -> JsonObject:
        given = {name: params[name] for name in ("currency", "status") if name in params}
        return self._refunds.add(charge_of(self._store, params["payment_intent"]), params["amount"], **given)

    def _refund_status(self, params: RefundStatusParams, refund_id: str) -> JsonObject:
        return self._refunds.set_status(self._store.find("refund", refund_id), params["status"])


def _operation(method: str, path: str, params: type, perform: Performer) -> Operation:
    pattern = re.compile("/_local/" + path.replace("{id}", r"(\w+)"))
    return Operation(method, pattern, params, perform, frozenset(params.__annotations__))
