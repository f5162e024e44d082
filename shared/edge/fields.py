"""The kinds of input fields that several functions take, each with its limit."""

import datetime
import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from shared.cloud.document_ids import LONGEST_LINE, is_document_id

CAPTION_LENGTH = 1000
NOTE_LENGTH = 500
PROMPT_LENGTH = 2000
LABEL_LENGTH = 80
DISPLAY_NAME_LENGTH = 50
PHOTO_URL_LENGTH = 2048
CURSOR_LENGTH = 1024
"""Room for the longest line id: that of a tip under a key of 64 characters by a uid of 128, of four bytes each."""


# What no text may hold: controls but the line feed, the zero-width space, the overrides that make text read as what it
# is not, and halves of characters, which JSON can spell but UTF-8 cannot. firestore.rules says the same.
_REFUSED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# What shows: neither a space (Unicode's category Z) nor a line feed, a joiner or a mark that takes no room.
_SHOWN = re.compile("[^\n \xa0\u1680\u2000-\u200a\u200c-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]")
_PHOTO_URL = re.compile("https://[^ \"'<>\n\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_BEYOND_MICROSECONDS = re.compile(r"(?<=\.\d{6})\d+", re.ASCII)


def is_photo_url(text: str) -> bool:
    """Whether other people's browsers may load a picture from there."""
    return _units(text) <= PHOTO_URL_LENGTH and bool(_PHOTO_URL.fullmatch(text)) and not _REFUSED.search(text)


def cleaned_name(text: str) -> str:
    """The display name that can be made of a text from elsewhere; empty if nothing in it would be visible."""
    name = _REFUSED.sub("", " ".join(text.split()))
    # The cut may leave half of a character at the end, which is dropped.
    name = name.encode("utf-16-le")[: 2 * DISPLAY_NAME_LENGTH].decode("utf-16-le", errors="ignore").strip()
    return name if _SHOWN.search(name) else ""


def at_most(units: int) -> AfterValidator:
    """A bound in UTF-16 units, the length of a string in JavaScript and in firestore.rules."""

    def check(text: str) -> str:
        if _units(text) > units:
            raise ValueError(f"is longer than {units} UTF-16 units")
        return text

    return AfterValidator(check)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def _line_feeds(given: object) -> object:
    """Lines end as they do in a browser, whatever system they were written on."""
    return given.replace("\r\n", "\n").replace("\r", "\n") if isinstance(given, str) else given


def _nothing_refused(text: str) -> str:
    if _REFUSED.search(text):
        raise ValueError("contains a control character")
    return text


def _one_line(text: str) -> str:
    if "\n" in text:
        raise ValueError("contains a line break")
    return text


def _not_blank(text: str) -> str:
    if not _SHOWN.search(text):
        raise ValueError("is blank")
    return text


def _document_id(text: str) -> str:
    if not is_document_id(text):
        raise ValueError("is not a valid id")
    return text


def _line_id(text: str) -> str:
    if not is_document_id(text, LONGEST_LINE):
        raise ValueError("is not a valid id")
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


Text = Annotated[str, AfterValidator(_nothing_refused)]
"""What a person wrote."""

Line = Annotated[Text, AfterValidator(_one_line), AfterValidator(_not_blank)]
"""Text on one line that says something."""

LineFeeds = BeforeValidator(_line_feeds)
"""For text on any number of lines. Put it after the bound, so that OpenAPI still shows the bound."""

# A character is one unit or two: the first bound is what the API's description can say of the second.
Caption = Annotated[Text, Field(max_length=CAPTION_LENGTH), at_most(CAPTION_LENGTH), LineFeeds]

Note = Annotated[Text, Field(max_length=NOTE_LENGTH), at_most(NOTE_LENGTH), LineFeeds]
"""What an administrator says of what they do."""

Prompt = Annotated[Text, AfterValidator(_not_blank), Field(max_length=PROMPT_LENGTH), at_most(PROMPT_LENGTH), LineFeeds]

Label = Annotated[Line, Field(max_length=LABEL_LENGTH), at_most(LABEL_LENGTH)]

DisplayName = Annotated[Line, Field(max_length=DISPLAY_NAME_LENGTH), at_most(DISPLAY_NAME_LENGTH)]

ReasonCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""One of those that the economy file lists for administrators."""

Property = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
"""What an app calls one property, or whatever else a pass may be for."""

DocumentId = Annotated[str, AfterValidator(_document_id)]

LineId = Annotated[str, AfterValidator(_line_id), Field(max_length=LONGEST_LINE)]
"""The id of a ledger line, or of anything with a shorter one."""

Digits = BeforeValidator(_digits)
"""For numbers in a query string. Put it after the bounds, so that OpenAPI still shows them."""

Cursor = Annotated[str, Field(min_length=1, max_length=CURSOR_LENGTH)]

Moment = Annotated[datetime.datetime, BeforeValidator(_moment)]
"""A moment in UTC."""
