"""What the fields of an economy file may hold, whatever they stand for."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

STRIPE_MAXIMUM_AMOUNT = 99_999_999
"""Stripe takes charges of at most eight digits in minor units."""

MOST_TOKENS = 1_000_000

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Tokens = Annotated[int, Field(ge=1, le=MOST_TOKENS)]

Amount = Annotated[int, Field(ge=50, le=STRIPE_MAXIMUM_AMOUNT)]
"""Minor units of a currency; 50 US cents are the least that Stripe charges."""

Currency = Annotated[str, Field(pattern=r"^[a-z]{3}$")]
"""ISO 4217, lower case as Stripe writes it."""

Features = Annotated[tuple[Id, ...], Field(strict=False, max_length=50)]
"""Ids of features; whether the economy has them is asked of the whole file."""


class Model(BaseModel):
    """A table of an economy file: it takes no other field, and no value of another type."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
