"""Values of a document that are what they should be, or a TypeError. A truth value is no whole number."""

import datetime


def whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError("no whole number")
    return value


def text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def moment(value: object) -> datetime.datetime:
    if not isinstance(value, datetime.datetime):
        raise TypeError("no time")
    return value
