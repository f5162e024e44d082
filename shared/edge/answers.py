"""The shapes that several functions answer with. What only one answers stands beside it, in functions/."""

from typing import TypedDict


class FundsAnswer(TypedDict):
    bonus: int
    purchased: int
    earned: int
