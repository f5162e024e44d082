"""Converts the times in Google's messages: proto-plus declares protobuf's types, but returns Python's."""

import datetime

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp


def moment(field: object) -> datetime.datetime:
    """The time that a Timestamp field of a proto-plus message holds; it must be set."""
    if not isinstance(field, datetime.datetime):
        raise TypeError(f"{field!r} is not a time.")
    return field


def span(field: object) -> datetime.timedelta:
    """The time span that a Duration field of a proto-plus message holds; unset ones are zero."""
    if not isinstance(field, datetime.timedelta | None):
        raise TypeError(f"{field!r} is not a time span.")
    return field or datetime.timedelta()


def timestamp(time: datetime.datetime) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(time)
    return message


def duration(time_span: datetime.timedelta) -> Duration:
    message = Duration()
    message.FromTimedelta(time_span)
    return message
