"""What is sold for money: packages of tokens once, plans by subscription or as a pass."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.economy.fields import MOST_TOKENS, Amount, Currency, Features, Id, Model, Name, Tokens

Interval = Literal["week", "month", "year"]

LONGEST_DAYS: dict[Interval, int] = {"week": 7, "month": 31, "year": 366}
"""The longest that a period can be."""


class Package(Model):
    """Tokens for money: ``amount`` minor units of ``currency``. With ``grants_access`` it opens the features."""

    id: Id
    name: Name
    tokens: Tokens
    amount: Amount
    currency: Currency
    bonus_percent: Annotated[int, Field(ge=0, le=1000)] = 0
    stripe_price: Annotated[str, Field(pattern=r"^price_\w+$")] | None = None
    grants_access: bool = False

    @model_validator(mode="after")
    def _bonus_is_whole(self) -> Self:
        if self.tokens * 100 % (100 + self.bonus_percent):
            raise ValueError(f"{self.tokens} tokens cannot be split into a whole base and the bonus_percent")
        return self


class Plan(Model):
    """Use for a time, tokens with every payment, or both: a subscription, or a pass that ends by itself.

    A subscription is paid every ``interval`` and brings ``tokens`` with each payment; with ``tokens_expire = "period"``
    they end with the period that was paid. A pass is paid once, for ``days``; with ``per_property`` it is for one
    property. ``unlimited_per_day`` is how many pictures of ``features`` it makes without tokens in a day (UTC); None is
    none. ``tier`` is what apps tell plans apart by.
    """

    id: Id
    tier: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")] = Field(
        default_factory=lambda fields: str(fields.get("id", ""))
    )
    name: Name
    kind: Literal["subscription", "pass"]
    amount: Amount
    currency: Currency
    interval: Interval | None = None
    tokens: Annotated[int, Field(ge=0, le=MOST_TOKENS)] = 0
    tokens_expire: Literal["never", "period"] = "never"
    days: Annotated[int, Field(ge=1, le=366)] | None = None
    per_property: bool = False
    unlimited_per_day: Annotated[int, Field(ge=1, le=10_000)] | None = None
    features: Features = ()
    grants_access: bool = False

    @model_validator(mode="after")
    def _has_one_meaning(self) -> Self:
        for refusal in self._refusals():
            raise ValueError(refusal)
        return self

    def _refusals(self) -> list[str]:
        """What the fields say against each other; each begins with the field that is wrong."""
        subscription, unlimited = self.kind == "subscription", self.unlimited_per_day is not None
        wrong = {
            "interval: a subscription needs one": subscription and self.interval is None,
            "days: only a pass has them": subscription and self.days is not None,
            "per_property: only a pass can be one property's": subscription and self.per_property,
            "days: a pass needs them": not subscription and self.days is None,
            "interval: a pass is paid once": not subscription and self.interval is not None,
            "tokens: a pass brings none; sell a package": not subscription and self.tokens > 0,
            "tokens_expire: it brings no tokens": self.tokens_expire != "never" and self.tokens == 0,
            "features: it makes none of them, for unlimited_per_day is missing": bool(self.features) and not unlimited,
            "features: name what unlimited_per_day is for": unlimited and not self.features,
            "unlimited_per_day: it sells neither use nor tokens nor access": not (
                unlimited or self.tokens or self.grants_access
            ),
        }
        return [sentence for sentence, is_wrong in wrong.items() if is_wrong]
