"""The terms of an economy beside its prices: what is given, what ends, what is bounded, who may do what."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.economy.fields import Features, Id, Model, Tokens

MOST_PICTURES = 10_000_000
"""A day, of everybody."""

ONE_GENERATION = 8
"""The most pictures that one request asks for."""

LONGEST_LOT_DAYS = 366
"""How far ahead a token's last day may lie: as many lots, at most, has each of two funds of a wallet."""

Pictures = Annotated[int, Field(ge=ONE_GENERATION, le=MOST_PICTURES)]


class Tips(Model):
    """Bounds of one tip, in tokens, both inclusive. All of it goes to the creator."""

    minimum: Tokens
    maximum: Tokens
    presets: Annotated[tuple[Tokens, ...], Field(strict=False, max_length=12)]
    # A fee would need a wallet that takes it: a tip's two lines sum to zero.
    fee_basis_points: Annotated[int, Field(ge=0, le=0)] = 0

    @model_validator(mode="after")
    def _bounds_agree(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
        if any(not self.minimum <= preset <= self.maximum for preset in self.presets):
            raise ValueError("presets: one lies outside minimum and maximum")
        return self


class Admin(Model):
    """What administrators may grant, in tokens, and the ``reasons`` that they may give, here and elsewhere.

    ``alone`` and ``maximum`` bound one grant: by one person, and by two. ``daily`` bounds what one person grants alone
    in a day (UTC).
    """

    alone: Tokens = 500
    maximum: Tokens = 10_000
    daily: Tokens = 5_000
    reasons: Annotated[tuple[Id, ...], Field(strict=False, min_length=1, max_length=50)] = (
        "support",
        "goodwill",
        "outage",
        "correction",
        "promotion",
    )

    @model_validator(mode="after")
    def _bounds_agree(self) -> Self:
        if self.alone > self.maximum:
            raise ValueError("alone is above maximum")
        if len(set(self.reasons)) != len(self.reasons):
            raise ValueError("reasons: one is there twice")
        return self


class Trial(Model):
    """Pictures of ``features`` that a new account makes without tokens, once for each mailbox."""

    images: Annotated[int, Field(ge=1, le=1000)]
    features: Annotated[Features, Field(min_length=1)]


class Expiry(Model):
    """When tokens end. ``bonus_days`` after they were given, sign-up bonuses and grants do; 0 is never.

    ``refund_grace_days`` is what a refund leaves to tokens whose day is over, or nearly. ``plan_grace_days`` is how
    long after a period its plan can be used while its renewal is not paid, and how long the plan's tokens outlive it.
    """

    bonus_days: Annotated[int, Field(ge=0, lt=LONGEST_LOT_DAYS)] = 0
    refund_grace_days: Annotated[int, Field(ge=0, lt=LONGEST_LOT_DAYS)] = 7
    plan_grace_days: Annotated[int, Field(ge=0, lt=LONGEST_LOT_DAYS)] = 0


class AutoReload(Model):
    """Bounds of buying by itself: what a user may set as ``threshold``, and how often it tries.

    ``packages`` are the ids of those that it may buy, all of them if none is named; each holds ``tokens_min`` at least.
    """

    threshold_min: Tokens = 1
    threshold_max: Tokens = 100
    tokens_min: Tokens = 10
    seconds_apart: Annotated[int, Field(ge=60, le=86_400)] = 60
    failures_max: Annotated[int, Field(ge=1, le=10)] = 3
    packages: Annotated[tuple[Id, ...], Field(strict=False, max_length=50)] = ()

    @model_validator(mode="after")
    def _bounds_agree(self) -> Self:
        if self.threshold_min > self.threshold_max:
            raise ValueError("threshold_min is above threshold_max")
        return self


class Limits(Model):
    """How many pictures there may be: each a number, or None for no limit.

    Of one wallet ``images_per_day`` (UTC), and ``images_at_once`` that wait or are being made. Of everybody in a day
    ``provider_images_per_day``, and ``free_images_per_day`` of what a bonus or a trial pays.
    """

    images_per_day: Pictures | None = None
    images_at_once: Pictures | None = None
    provider_images_per_day: Pictures | None = None
    free_images_per_day: Pictures | None = None

    @model_validator(mode="after")
    def _budgets_serve_one_wallet(self) -> Self:
        for name in ("provider_images_per_day", "free_images_per_day"):
            budget = getattr(self, name)
            if budget is not None and self.images_per_day is not None and budget < self.images_per_day:
                raise ValueError(f"{name} is below images_per_day, which one wallet may use up")
        return self


class AccessGate(Model):
    """Whether features are only for those who bought something that grants access, or hold a plan."""

    required: bool = False


class Payout(Model):
    """What earned tokens are worth: ``per_thousand_tokens`` minor units for a thousand of them.

    ``fee_basis_points`` and ``fee_fixed`` are what the payment provider keeps of a sale.
    """

    per_thousand_tokens: Annotated[int, Field(ge=1)]
    fee_basis_points: Annotated[int, Field(ge=0, le=10_000)] = 0
    fee_fixed: Annotated[int, Field(ge=0, le=10_000)] = 0
