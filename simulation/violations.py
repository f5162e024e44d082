"""The findings of a run: rules of the contract that did not hold."""

from typing import Literal

Kind = Literal["created", "lost", "negative", "drift", "broken"]


class Violation(BaseException):
    """A rule did not hold, which concerns ``amount`` tokens or counters. The product's handlers cannot stop it."""

    def __init__(self, kind: Kind, what: str, amount: int = 1) -> None:
        super().__init__(what)
        self.kind = kind
        self.what = what
        self.amount = amount


def require(holds: bool, what: str, kind: Kind = "broken", amount: int = 1) -> None:
    """Checks a rule.

    Raises:
        Violation: it does not hold.
    """
    if not holds:
        raise Violation(kind, what, amount)
