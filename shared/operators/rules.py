"""What administrators may do, as the economy says it, for the forms of a page of theirs."""

from typing import TypedDict

from shared.economy.chosen import economy


class Rules(TypedDict):
    """What one grant may come to, in tokens: by one administrator, and by two. ``grantDaily`` is what one grants alone.

    ``reasons`` are those that may be given, for a grant and for everything else.
    """

    reasons: list[str]
    grantAlone: int
    grantMaximum: int
    grantDaily: int


def rules() -> Rules:
    terms = economy().admin
    return {
        "reasons": list(terms.reasons),
        "grantAlone": terms.alone,
        "grantMaximum": terms.maximum,
        "grantDaily": terms.daily,
    }
