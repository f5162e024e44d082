"""The model of an economy file: what tokens cost, what they buy, what may be given.

``economies/<id>.toml`` holds the numbers; nothing else in the code does. ``ECONOMY`` picks one when the functions
are deployed, and a file that makes no sense stops the start with a sentence that names the field.
"""

import functools
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared import cold_start
from shared.config import ECONOMIES, ConfigurationError, settings

STRIPE_MAXIMUM_AMOUNT = 99_999_999
"""Stripe takes charges of at most eight digits in minor units."""

_Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
_Tokens = Annotated[int, Field(ge=1, le=1_000_000)]


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Feature(_Model):
    """Something tokens are spent on. ``cost`` is in tokens, per image or area."""

    cost: _Tokens


class Package(_Model):
    """Tokens for money: ``amount`` minor units of ``currency`` (ISO 4217, lower case as Stripe writes it)."""

    id: _Id
    name: Annotated[str, Field(min_length=1, max_length=100)]
    tokens: _Tokens
    amount: Annotated[int, Field(ge=50, le=STRIPE_MAXIMUM_AMOUNT)]
    currency: Annotated[str, Field(pattern=r"^[a-z]{3}$")]
    bonus_percent: Annotated[int, Field(ge=0, le=1000)] = 0
    stripe_price: Annotated[str, Field(pattern=r"^price_\w+$")] | None = None


class Tips(_Model):
    """Bounds of one tip, in tokens, both inclusive. All of it goes to the creator."""

    minimum: _Tokens
    maximum: _Tokens
    presets: Annotated[tuple[_Tokens, ...], Field(strict=False, max_length=12)]
    # A fee would need a wallet that takes it: a tip's two lines sum to zero.
    fee_basis_points: Annotated[int, Field(ge=0, le=0)] = 0

    @model_validator(mode="after")
    def _bounds_agree(self) -> "Tips":
        if self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
        if any(not self.minimum <= preset <= self.maximum for preset in self.presets):
            raise ValueError("a preset lies outside minimum and maximum")
        return self


class Admin(_Model):
    """What administrators may grant, in tokens, and the ``reasons`` that they may give, here and elsewhere.

    ``alone`` and ``maximum`` bound one grant: by one person, and by two. ``daily`` bounds what one person grants alone
    in a day (UTC).
    """

    alone: _Tokens = 500
    maximum: _Tokens = 10_000
    daily: _Tokens = 5_000
    reasons: Annotated[tuple[_Id, ...], Field(strict=False, min_length=1, max_length=50)] = (
        "support",
        "goodwill",
        "outage",
        "correction",
        "promotion",
    )

    @model_validator(mode="after")
    def _bounds_agree(self) -> "Admin":
        if self.alone > self.maximum:
            raise ValueError("alone is above maximum")
        if len(set(self.reasons)) != len(self.reasons):
            raise ValueError("a reason is there twice")
        return self


class Economy(_Model):
    """Everything that has a price."""

    id: _Id
    version: Annotated[int, Field(ge=1)]
    unit: Annotated[str, Field(min_length=1, max_length=20)]
    signup_bonus: Annotated[int, Field(ge=0, le=1_000_000)]
    features: Annotated[dict[_Id, Feature], Field(min_length=1, max_length=50)]
    tips: Tips
    packages: Annotated[tuple[Package, ...], Field(strict=False, min_length=1, max_length=50)]
    admin: Admin = Admin()

    @model_validator(mode="after")
    def _packages_are_sound(self) -> "Economy":
        ids = [package.id for package in self.packages]
        if len(set(ids)) != len(ids):
            raise ValueError("two packages share an id")
        for package in self.packages:
            if package.tokens * 100 % (100 + package.bonus_percent):
                raise ValueError(
                    f"package {package.id}: {package.tokens} tokens cannot be split into a whole base and the bonus"
                )
        return self

    @property
    def label(self) -> str:
        """How a ledger line names the economy that priced it: ``phoenix@1``."""
        return f"{self.id}@{self.version}"

    def package(self, package_id: str) -> Package | None:
        """The package of that id, or None."""
        return next((package for package in self.packages if package.id == package_id), None)


def load(path: Path) -> Economy:
    """The economy in the file at ``path``.

    Raises:
        ConfigurationError: the file is not TOML, or holds nonsense.
    """
    try:
        economy = Economy.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"economies/{path.name} is not TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigurationError(f"economies/{path.name}: {where}: {first['msg']}.") from None
    if economy.id != path.stem:
        raise ConfigurationError(f"economies/{path.name} says id = {economy.id!r}: the id must be the file's name.")
    return economy


@functools.cache
def economy() -> Economy:
    """The economy that ECONOMY names."""
    return load(ECONOMIES / f"{settings().economy}.toml")


cold_start.prepare(economy)
