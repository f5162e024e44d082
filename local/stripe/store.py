"""Everything that one Stripe test account holds, in memory, under one lock.

``Store`` keeps objects by id, lists and expands them, and records the events about them. Code that reads or
changes objects holds ``lock``, and does not wait for the network meanwhile.
"""

import copy
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from local.stripe import event_versions, objects
from local.stripe.errors import NoSuchObject, StripeRefusal
from local.stripe.objects import JsonObject

PAGE_SIZE = 10  # Stripe's default
PAGE_SIZE_MAX = 100
EXPANSION_DEPTH_MAX = 4  # https://docs.stripe.com/api/expanding_objects

_EXPANDABLE = {
    "charge": "charge",
    "configuration": "billing_portal.configuration",
    "coupon": "coupon",
    "customer": "customer",
    "default_payment_method": "payment_method",
    "discount": "discount",
    "discounts": "discount",
    "invoice": "invoice",
    "latest_charge": "charge",
    "latest_invoice": "invoice",
    "line_items": "list",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
    "payments": "list",
    "price": "price",
    "product": "product",
    "schedule": "subscription_schedule",
    "setup_intent": "setup_intent",
    "subscription": "subscription",
}
"""Type of the object, by the name of the field that holds its id."""

_NO_REQUEST: JsonObject = {"id": None, "idempotency_key": None}


class Store:
    """The objects of one account. ``clock`` returns Unix seconds; ``on_event`` is called with each new event."""

    def __init__(self, clock: Callable[[], float], on_event: Callable[[JsonObject], None]) -> None:
        self.lock = threading.RLock()
        self.line_items: dict[str, list[JsonObject]] = {}
        self.intent_params: dict[str, JsonObject] = {}  # payment_intent_data by session id, until the payment
        self.event_version = objects.API_VERSION  # the endpoint's, in which events come
        self._clock = clock
        self._skipped_seconds = 0
        self._on_event = on_event
        self._objects: defaultdict[str, dict[str, JsonObject]] = defaultdict(dict)  # by type, then id; oldest first
        self._request = _NO_REQUEST

    def now(self) -> int:
        """The time that objects made now carry, in Unix seconds."""
        return int(self._clock()) + self._skipped_seconds

    @property
    def skipped_seconds(self) -> int:
        """How far the account's clock was put forward."""
        return self._skipped_seconds

    def skip(self, seconds: int) -> None:
        """Puts the account's clock forward."""
        self._skipped_seconds += seconds

    def put(self, made: JsonObject) -> JsonObject:
        """Adds ``made`` to the account and returns it."""
        self._objects[made["object"]][made["id"]] = made
        return made

    def find(self, object_name: str, object_id: str, param: str = "id") -> JsonObject:
        """The object of that type and id.

        Raises:
            NoSuchObject: there is none; ``param`` names the parameter that held the id.
        """
        found = self._objects[object_name].get(object_id)
        if found is None:
            raise NoSuchObject(object_name, object_id, param)
        return found

    def remove(self, object_name: str, object_id: str) -> JsonObject:
        """Removes the object from the account and returns it.

        Raises:
            NoSuchObject: there is no such object.
        """
        removed = self.find(object_name, object_id)
        del self._objects[object_name][object_id]
        return removed

    def forget_until(self, object_name: str, moment: int) -> None:
        """Removes the objects of a type that were made before the moment, in Unix seconds."""
        kept = self._objects[object_name]
        while kept and (oldest := next(iter(kept.values())))["created"] < moment:
            del kept[oldest["id"]]

    def snapshot(self) -> JsonObject:
        """Everything that the account holds, and how far its clock was put forward, for ``restore``."""
        return copy.deepcopy(
            {
                "objects": dict(self._objects),
                "line_items": self.line_items,
                "intent_params": self.intent_params,
                "skipped_seconds": self._skipped_seconds,
            }
        )

    def restore(self, snapshot: JsonObject) -> None:
        """Restores what ``snapshot`` returned."""
        self._objects.update(snapshot["objects"])
        self.line_items.update(snapshot["line_items"])
        self.intent_params.update(snapshot["intent_params"])
        self._skipped_seconds = snapshot["skipped_seconds"]

    def clear(self) -> None:
        """Empties the account, and puts its clock right."""
        self._objects.clear()
        self.line_items.clear()
        self.intent_params.clear()
        self.event_version = objects.API_VERSION
        self._skipped_seconds = 0

    def newest_first(self, object_name: str) -> list[JsonObject]:
        """All objects of a type, the last made first."""
        return list(reversed(self._objects[object_name].values()))

    @contextmanager
    def request(self, request_id: str, idempotency_key: str | None) -> Iterator[None]:
        """Until the block ends, events say that this API request caused them."""
        self._request = {"id": request_id, "idempotency_key": idempotency_key}
        try:
            yield
        finally:
            self._request = _NO_REQUEST

    def emit(self, event_type: str, subject: JsonObject) -> None:
        """Records an event about ``subject`` as it is now, and delivers it."""
        event = objects.event(
            self.now(),
            event_type=event_type,
            snapshot=copy.deepcopy(event_versions.rendered(self, subject, self.event_version)),
            request=dict(self._request),
            api_version=self.event_version,
        )
        self._on_event(copy.deepcopy(self.put(event)))

    def expanded(self, subject: JsonObject, paths: Collection[str]) -> JsonObject:
        """A copy of ``subject`` with the ids at ``paths`` (``payment_intent.latest_charge``) replaced by the objects.

        Raises:
            StripeRefusal: a path that is too deep or leads to nothing that can be expanded.
        """
        result = copy.deepcopy(subject)
        for path in paths:
            names = path.split(".")
            if len(names) > EXPANSION_DEPTH_MAX:
                raise StripeRefusal(
                    f"You cannot expand more than {EXPANSION_DEPTH_MAX} levels of a property.", param="expand"
                )
            self._expand(result, names, path)
        return result

    def _expand(self, subject: JsonObject, names: list[str], path: str) -> None:
        name, *rest = names
        if name == "data" and subject.get("object") == "list":
            for item in subject["data"]:
                self._expand(item, rest, path)
            return
        if name == "line_items" and subject["id"] in self.line_items:
            url = f"/v1/checkout/sessions/{subject['id']}/line_items"
            subject[name] = self.page(self.line_items[subject["id"]], {}, url)
        if name == "payments" and subject["object"] == "invoice":
            paid_by = [each for each in self.newest_first("invoice_payment") if each["invoice"] == subject["id"]]
            subject[name] = self.page(paid_by, {}, f"/v1/invoice_payments?invoice={subject['id']}")
        inner = subject.get(name)
        if rest and isinstance(inner, dict) and inner.get("object") in (None, "list"):
            self._expand(inner, rest, path)
            return
        if name not in _EXPANDABLE or name not in subject:
            raise StripeRefusal(f"This property cannot be expanded ({path}).", param="expand")
        if isinstance(inner, list):
            subject[name] = [self._found(name, item) for item in inner]
        else:
            subject[name] = self._found(name, subject[name])
        for item in subject[name] if isinstance(inner, list) else [subject[name]]:
            if rest and item is not None:
                self._expand(item, rest, path)

    def _found(self, name: str, value: Any) -> Any:
        """The object whose id the field of that name holds; what is no id as it is."""
        return copy.deepcopy(self.find(_EXPANDABLE[name], value)) if isinstance(value, str) else value

    def page(self, found: list[JsonObject], params: Mapping[str, Any], url: str) -> JsonObject:
        """The list object with the part of ``found`` that ``limit``, ``starting_after`` and ``ending_before`` ask for.

        Raises:
            StripeRefusal: a limit outside 1 to 100, or a cursor that is not in the list.
        """
        limit = params.get("limit", PAGE_SIZE)
        if not 1 <= limit <= PAGE_SIZE_MAX:
            raise StripeRefusal(
                f"Invalid integer: limit must be between 1 and {PAGE_SIZE_MAX}",
                code="parameter_invalid_integer",
                param="limit",
            )
        if "starting_after" in params:
            rest = found[_position(found, params["starting_after"], "starting_after") + 1 :]
            data, has_more = rest[:limit], len(rest) > limit
        elif "ending_before" in params:
            rest = found[: _position(found, params["ending_before"], "ending_before")]
            data, has_more = rest[-limit:], len(rest) > limit
        else:
            data, has_more = found[:limit], len(found) > limit
        return {"object": "list", "data": copy.deepcopy(data), "has_more": has_more, "url": url}


def _position(found: list[JsonObject], object_id: str, param: str) -> int:
    for position, item in enumerate(found):
        if item["id"] == object_id:
            return position
    raise StripeRefusal(f"No such object in this list: '{object_id}'", code="resource_missing", param=param)
