"""Items: what can be bought, as a buyer asks for it, and as the economy file sells it today."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.economy.chosen import economy
from shared.economy.offers import Package, Plan
from shared.errors import InvalidRequest, PlanUnavailable


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a buyer asks for: a package or a plan, and the property that a pass is for, if they named one."""

    kind: Literal["package", "plan"]
    id: str
    of_property: str | None = None

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "Wanted":
        """What the fields of a document say that it is about."""
        kind: Literal["package", "plan"] = "plan" if "plan" in fields else "package"
        return cls(kind, fields[kind], fields.get("property"))

    @property
    def name(self) -> str:
        """What no other thing that can be bought is called. Ids and properties have no colon."""
        return ":".join(filter(None, ("plan" if self.kind == "plan" else "", self.id, self.of_property)))

    @property
    def fields(self) -> dict[str, str]:
        """The same as documents and Stripe's metadata say it."""
        return {self.kind: self.id, **({"property": self.of_property} if self.of_property else {})}


@dataclass(frozen=True, slots=True)
class Item:
    """Something for sale."""

    wanted: Wanted
    sold: Package | Plan

    @property
    def is_subscription(self) -> bool:
        return isinstance(self.sold, Plan) and self.sold.kind == "subscription"

    @property
    def tokens(self) -> int:
        """What the payment of its session brings. The invoices of a subscription bring theirs."""
        return 0 if self.is_subscription else self.sold.tokens

    @property
    def title(self) -> str:
        """What the buyer reads at Stripe where it has no price there."""
        return self.sold.name if isinstance(self.sold, Plan) else f"{self.sold.name} ({self.sold.tokens} tokens)"

    @property
    def offer(self) -> dict[str, Any]:
        """What an order of it says, whatever the economy file says later."""
        return {
            "kind": self.wanted.kind,
            **self.wanted.fields,
            "tokens": self.tokens,
            "amount": self.sold.amount,
            "currency": self.sold.currency,
            **(_terms(self.sold) if isinstance(self.sold, Plan) else {}),
            # Access by a subscription lasts as long as that.
            **({"grantsAccess": True} if self.sold.grants_access and not self.is_subscription else {}),
        }


def find(wanted: Wanted) -> Item:
    """What the economy sells of that.

    Raises:
        InvalidRequest: there is no such package, or a property is missing, or is named where none belongs.
        PlanUnavailable: there is no such plan.
    """
    if wanted.kind == "package":
        sold: Package | Plan | None = economy().package(wanted.id)
        if sold is None:
            raise InvalidRequest.field("package", "no such package; see GET /get-catalog")
    else:
        sold = economy().plan(wanted.id)
        if sold is None:
            raise PlanUnavailable.field("plan", "no such plan; see GET /get-catalog")
    is_of_one = isinstance(sold, Plan) and sold.per_property
    if is_of_one and wanted.of_property is None:
        raise InvalidRequest.field("property", "this plan is for one property, which has to be named")
    if not is_of_one and wanted.of_property is not None:
        raise InvalidRequest.field("property", "this is not sold for one property")
    return Item(wanted, sold)


def _terms(plan: Plan) -> dict[str, Any]:
    if plan.kind == "subscription":
        return {"interval": plan.interval, "tokensEachInterval": plan.tokens}
    return {"days": plan.days, "unlimitedPerDay": plan.unlimited_per_day, "features": list(plan.features)}
