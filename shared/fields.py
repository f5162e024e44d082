"""The kinds of input fields that several functions take, each with its limit."""

import datetime
import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

CAPTION_LENGTH = 1000
CURSOR_LENGTH = 1024
"""Room for the longest line id: that of a tip under a key of 64 characters by a uid of 128, of four bytes each."""


# C0 and C1 controls but tab and line feed, the overrides that make text read as what it is not, and halves of
# characters, which JSON can spell but UTF-8 cannot.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Firestore takes neither a slash nor these; 128 characters is the longest uid that Firebase gives out.
# https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
_DOCUMENT_ID = re.compile(r"(?!\.{1,2}$)(?!__.*__$)[^/\x00-\x1f\x7f\ud800-\udfff]{1,128}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_BEYOND_MICROSECONDS = re.compile(r"(?<=\.\d{6})\d+", re.ASCII)


def is_document_id(text: str) -> bool:
    """Whether Firestore takes the text as a document's id."""
    return _DOCUMENT_ID.fullmatch(text) is not None


def _no_control_characters(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("holds a control character")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank")
    return text


def _document_id(text: str) -> str:
    if not is_document_id(text):
        raise ValueError("is no id")
    return text


def _digits(given: object) -> object:
    if isinstance(given, str) and not re.fullmatch(r"[0-9]{1,9}", given):
        raise ValueError("is not a whole number")
    return given


def _moment(given: object) -> object:
    """RFC 3339: a date is its first moment in UTC; a date-time needs its offset; cut to microseconds, as times are."""
    if not isinstance(given, str):
        return given
    if _DATE.fullmatch(given):
        given += "T00:00:00Z"
    # A plus sign that was not percent-encoded arrives as a space.
    given = given.replace(" ", "+") if re.search(r" \d\d:\d\d$", given) else given
    if not _DATE_TIME.fullmatch(given):
        raise ValueError("is not an RFC 3339 date or date-time")
    try:
        cut = _BEYOND_MICROSECONDS.sub("", given.upper())
        return datetime.datetime.fromisoformat(cut).astimezone(datetime.UTC)
    except OverflowError:  # the first or the last hours that a calendar has, in an offset that leads out of it
        raise ValueError("is not a moment between the years 1 and 9999") from None


Text = Annotated[str, AfterValidator(_no_control_characters)]
"""What a person wrote, on any number of lines."""

SomeText = Annotated[Text, AfterValidator(_not_blank)]
"""Text that says something."""

Caption = Annotated[Text, Field(max_length=CAPTION_LENGTH)]

DocumentId = Annotated[str, AfterValidator(_document_id)]

Digits = BeforeValidator(_digits)
"""Of a number in a query, which is text on the wire. Behind the bounds, which the API's description shows then."""

Cursor = Annotated[str, Field(min_length=1, max_length=CURSOR_LENGTH)]

Moment = Annotated[datetime.datetime, BeforeValidator(_moment)]
"""A moment in UTC."""
