"""What a wallet may use, as its document holds it: what was sold, the trial, and the pictures of today."""

import datetime
import re
from collections.abc import Mapping
from typing import Any

from shared.errors import WalletInconsistent
from shared.ledger import days
from shared.ledger.entitlements import (
    SUBSCRIPTION_STATUSES,
    Entitlements,
    Pass,
    Subscription,
    SubscriptionStatus,
    Trial,
    Usage,
)
from shared.money import parsing

_DAY = re.compile(r"day_(\d{8})")

Fields = Mapping[str, Any]


def read(fields: Fields, now: datetime.datetime) -> Entitlements:
    """What the fields of a ``users/{uid}`` document say, as of ``now``.

    Raises:
        WalletInconsistent: some of it makes no sense.
    """
    try:
        trial, access = _map(fields.get("trial")), _map(fields.get("access"))
        return Entitlements(
            now=now,
            subscription=_subscription(_map(fields.get("subscription"))),
            passes=_passes(fields),
            trial=Trial(_count(trial["remaining"]), _count(trial["used"])) if trial else None,
            usage=_usage(_map(fields.get("usage")), days.day_of(now)),
            access_since=parsing.moment(access["since"]) if access else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WalletInconsistent("What the wallet may use makes no sense.") from error


def passes(fields: Fields) -> tuple[Pass, ...]:
    """The passes alone, ended ones too, by their keys.

    Raises:
        WalletInconsistent: one of them makes no sense.
    """
    try:
        return _passes(fields)
    except (KeyError, TypeError, ValueError) as error:
        raise WalletInconsistent("A pass makes no sense.") from error


def _passes(fields: Fields) -> tuple[Pass, ...]:
    return tuple(_pass(key, _map(of)) for key, of in sorted(_map(fields.get("passes")).items()))


def _subscription(fields: Fields) -> Subscription | None:
    if not fields:
        return None
    until, action_url = fields["until"], fields.get("actionUrl")
    return Subscription(
        id=parsing.text(fields["id"]),
        plan=parsing.text(fields["plan"]),
        tier=parsing.text(fields["tier"]),
        status=_status(fields["status"]),
        until=None if until is None else parsing.moment(until),
        action_url=None if action_url is None else parsing.text(action_url),
        unlimited_per_day=_limit(fields),
        features=_features(fields),
        grants_access=fields.get("grantsAccess") is True,
    )


def _status(value: object) -> SubscriptionStatus:
    for status in SUBSCRIPTION_STATUSES:
        if value == status:
            return status
    raise ValueError("no status")


def _pass(key: str, fields: Fields) -> Pass:
    plan, _, of_property = key.partition(":")
    if plan != fields["plan"]:
        raise ValueError("a pass lies under the name of another")
    return Pass(plan, of_property or None, parsing.moment(fields["until"]), _limit(fields), _features(fields))


def _usage(by_day: Fields, today: int) -> Usage:
    """The pictures of today. Of other days only is known that they are over."""
    found = {name: match.group(1) for name in by_day if (match := _DAY.fullmatch(name))}
    if len(found) < len(by_day):
        raise ValueError("a day is none")
    of_today = _map(by_day.get(f"day_{today}"))
    by_plan = {key: parsing.whole(images) for key, images in _map(of_today.get("byPlan")).items()}
    gone = tuple(name for name, day in sorted(found.items()) if int(day) < today)
    return Usage(parsing.whole(of_today.get("images", 0)), by_plan, gone, parsing.whole(of_today.get("refused", 0)))


def _map(value: object) -> Fields:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError("no map")
    return value


def _limit(fields: Fields) -> int | None:
    limit = fields.get("unlimitedPerDay")
    return None if limit is None else _count(limit)


def _features(fields: Fields) -> frozenset[str]:
    features = fields.get("features", [])
    if not isinstance(features, list):
        raise TypeError("no list")
    return frozenset(parsing.text(feature) for feature in features)


def _count(value: object) -> int:
    if parsing.whole(value) < 0:
        raise ValueError("below zero")
    return parsing.whole(value)
