"""The model of an economy file: what tokens cost, what they buy, what may be given."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from shared.economy.features import Feature, Style
from shared.economy.fields import Id, Model
from shared.economy.offers import LONGEST_DAYS, Package, Plan
from shared.economy.terms import LONGEST_LOT_DAYS, AccessGate, Admin, AutoReload, Expiry, Limits, Payout, Tips, Trial


class Economy(Model):
    """Everything that has a price. What a file does not mention is not there, or not bounded."""

    id: Id
    version: Annotated[int, Field(ge=1)]
    unit: Annotated[str, Field(min_length=1, max_length=20)]
    signup_bonus: Annotated[int, Field(ge=0, le=1_000_000)]
    features: Annotated[dict[Id, Feature], Field(min_length=1, max_length=50)]
    styles: Annotated[tuple[Style, ...], Field(strict=False, max_length=50)] = ()
    packages: Annotated[tuple[Package, ...], Field(strict=False, max_length=50)] = ()
    plans: Annotated[tuple[Plan, ...], Field(strict=False, max_length=50)] = ()
    trial: Trial | None = None
    tips: Tips | None = None
    auto_reload: AutoReload | None = None
    payout: Payout | None = None
    expiry: Expiry = Expiry()
    limits: Limits = Limits()
    access: AccessGate = AccessGate()
    admin: Admin = Admin()

    @field_validator("features", mode="after")
    @classmethod
    def _named(cls, features: dict[str, Feature]) -> dict[str, Feature]:
        return {
            name: feature if feature.name else feature.model_copy(update={"name": name.replace("-", " ").title()})
            for name, feature in features.items()
        }

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        for refusal in _refusals(self):
            raise ValueError(refusal)
        return self

    @property
    def label(self) -> str:
        """How a ledger line names the economy that priced it: ``phoenix@1``."""
        return f"{self.id}@{self.version}"

    @property
    def offers(self) -> tuple[Package | Plan, ...]:
        """Everything that is sold."""
        return (*self.packages, *self.plans)

    @property
    def reload_packages(self) -> tuple[Package, ...]:
        """The packages that may be bought by auto-reload."""
        if self.auto_reload is None:
            return ()
        named = self.auto_reload.packages
        return tuple(package for package in self.packages if not named or package.id in named)

    def package(self, package_id: str) -> Package | None:
        """The package of that id, or None."""
        return next((package for package in self.packages if package.id == package_id), None)

    def plan(self, plan_id: str) -> Plan | None:
        """The plan of that id, or None."""
        return next((plan for plan in self.plans if plan.id == plan_id), None)

    def style(self, style_id: str, feature: str) -> Style | None:
        """The active style of that id in which the feature can be had, or None."""
        return next((it for it in self.styles if it.active and it.id == style_id and feature in it.features), None)


def _refusals(economy: Economy) -> Iterator[str]:
    """What one part of the file says against another; each sentence begins with the field that is wrong."""
    yield from _repeated("packages", economy.packages)
    yield from _repeated("packages and plans", economy.offers)
    yield from _repeated("styles", economy.styles)
    yield from _unknown_features(economy)
    yield from _reload_that_buys_nothing(economy)
    yield from _lots_too_far_ahead(economy)
    if economy.access.required and not any(offer.grants_access for offer in economy.offers):
        yield "access.required: no package or plan has grants_access"
    yield from _payout_above_what_tokens_net(economy)


def _repeated(where: str, items: Sequence[Package | Plan | Style]) -> Iterator[str]:
    """Packages and plans do not share an id either: each is a product of that name at Stripe."""
    ids = [item.id for item in items]
    for repeated in {each for each in ids if ids.count(each) > 1}:
        yield f"{where}: two share the id {repeated}"


def _unknown_features(economy: Economy) -> Iterator[str]:
    named = {f"plans.{plan.id}": plan.features for plan in economy.plans}
    named |= {f"styles.{style.id}": style.features for style in economy.styles}
    if economy.trial is not None:
        named["trial"] = economy.trial.features
    for where, features in named.items():
        for unknown in sorted(set(features) - economy.features.keys()):
            yield f"{where}.features: there is no feature {unknown}"


def _reload_that_buys_nothing(economy: Economy) -> Iterator[str]:
    reload = economy.auto_reload
    if reload is None:
        return
    for unknown in sorted(set(reload.packages) - {package.id for package in economy.packages}):
        yield f"auto_reload.packages: there is no package {unknown}"
    if not economy.packages:
        yield "auto_reload: there is no package that it could buy"
    for package in economy.reload_packages:
        if package.tokens < reload.tokens_min:
            yield f"packages.{package.id}.tokens: they are fewer than auto_reload.tokens_min, {reload.tokens_min}"


def _lots_too_far_ahead(economy: Economy) -> Iterator[str]:
    expiry = economy.expiry
    expiring = [plan for plan in economy.plans if plan.tokens_expire == "period"]
    for plan in expiring:
        if plan.interval is not None and LONGEST_DAYS[plan.interval] + expiry.plan_grace_days >= LONGEST_LOT_DAYS:
            yield f"plans.{plan.id}.tokens_expire: a {plan.interval} and its grace are more than tokens may last"
    if (expiring or expiry.bonus_days) and not expiry.refund_grace_days:
        yield "expiry.refund_grace_days: where tokens expire, a refund must leave at least a day"


def _payout_above_what_tokens_net(economy: Economy) -> Iterator[str]:
    payout = economy.payout
    if payout is None:
        return
    selling = [offer for offer in economy.offers if offer.tokens]
    if len({offer.currency for offer in selling}) > 1:
        yield "payout: tokens are sold in more than one currency, so nobody can say what they net"
    for offer in selling:
        # Both sides are ten thousand times what they are about, so that they are whole numbers.
        net = offer.amount * (10_000 - payout.fee_basis_points) - payout.fee_fixed * 10_000
        if payout.per_thousand_tokens * offer.tokens * 10 > net:
            yield f"payout.per_thousand_tokens: it is more than a thousand tokens of {offer.id} net"
